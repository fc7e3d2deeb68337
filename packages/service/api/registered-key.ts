import { registeredThumbprint } from '@keyward/core/enrol';
import type { PrincipalDetail } from '@keyward/contract';
import type { RegisteredKey } from '@keyward/core/port';

export const shownKey = (registered: RegisteredKey): PrincipalDetail['keys'][number] => ({
	purpose: registered.purpose,
	key: Buffer.from(registered.key).toString('base64'),
	thumbprint: Buffer.from(registeredThumbprint(registered)).toString('hex'),
	at: registered.at,
});

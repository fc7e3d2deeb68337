import type { DeviceStatement, PartCertificate } from '../device/device-statement.ts';
import type { Instant } from '../units/instant.ts';

/**
 * Schemes whose certificates say something of leakage, and of which level: AVA_VAN.4 and 5 try side channels with a moderate and a high
 * attack potential (ISO/IEC 18045; the JIL methods for smart cards); SESIP 4 and 5 ask for the same (EN 17927).
 */
const LEVELS: Readonly<Record<string, RegExp>> = {
	'common-criteria': /\bAVA_VAN\.[45]\b/,
	eucc: /\bAVA_VAN\.[45]\b/,
	sesip: /^(?:SESIP ?)?[45]\b/,
};

const countsFor = ({ scheme, level }: PartCertificate): boolean => LEVELS[scheme]?.test(level) === true;

/**
 * catalogue: side-channel-evidence (ISO/IEC 17825). What a manufacturer's statement is worth, and until when; in words where nothing. A
 * certificate that looked at no leakage, or is over, lets a key out to anyone who has an oscilloscope.
 */
export const judgeSideChannel = (
	{ certificates, leakageTest }: Pick<DeviceStatement, 'certificates' | 'leakageTest'>,
	now: Instant,
): { readonly value: string; readonly until?: Instant } => {
	const [first] = certificates;
	if (first === undefined) return { value: 'its manufacturer names no certificate of the part' };
	const counting = certificates.filter(countsFor);
	if (counting.length === 0)
		return { value: `certificate ${first.number} (${first.scheme}, ${first.level}) says nothing of leakage` };
	const latest = counting.reduce((a, b) => (a.expires >= b.expires ? a : b));
	if (latest.expires <= now) return { value: `certificate ${latest.number} of the part is over` };
	return { value: leakageTest === null ? 'part' : 'part-and-test', until: latest.expires };
};

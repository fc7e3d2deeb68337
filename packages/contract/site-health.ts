import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { count, exactly, nothing } from './shapes.ts';

const port = Type.Integer({ minimum: 0, maximum: 65_535 });

export const siteHealth = operation('site.health', {
	summary: 'Whether the site can do its work at this moment, why not, and the ports that it has open',
	callers: [operator, ...people('owner', 'operator', 'commissioner', 'reader', 'auditor')],
	safe: true,
	input: nothing,
	output: exactly({
		ready: Type.Boolean(),
		reasons: Type.Array(Type.String(), { description: 'why it is not ready; empty when it is' }),
		pid: count,
		listeners: Type.Array(exactly({ port, floor: Type.String() }), {
			description: 'MQTT and HTTPS listeners, and the least link that each takes',
		}),
		declaredPorts: Type.Array(port, { description: 'TCP ports that its settings open' }),
		openPorts: Type.Union([Type.Array(port), Type.Null()], {
			description: 'TCP ports that its process listens on, as the kernel says; null where that cannot be seen',
		}),
		sharedPorts: Type.Union([Type.Array(port), Type.Null()], {
			description: 'of these, the ports that another process listens on too; null where that cannot be seen',
		}),
	}),
});

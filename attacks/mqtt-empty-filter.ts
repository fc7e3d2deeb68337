import { attack } from './harness/attack.ts';
import { filtersTaken } from './harness/filters.ts';

export default attack({
	title: 'a reader subscribes to an empty topic filter, and the site answers it as if it were one',
	requirements: ['input-refused'],
	attacker: 'reader',
	off: {
		patch: [
			{
				file: 'packages/service/mqtt/protocol/wire-reader.ts',
				find: "if (length === 0) throw malformed('a topic filter is empty');",
				replace: '',
			},
		],
		because: 'the protocol asks it at every level (MQTT-4.7.3-1)',
	},
	refusal: 'packet-malformed',
	run: ({ site }) => filtersTaken(site, ['']),
});

import { attack } from './harness/attack.ts';
import { filtersTaken } from './harness/filters.ts';

export default attack({
	title: 'a reader subscribes with wildcards inside a level, which two programs match differently',
	requirements: ['input-refused'],
	attacker: 'reader',
	off: {
		patch: [
			{
				file: 'packages/service/mqtt/protocol/wire-reader.ts',
				find: "if (!begins || !ends) throw malformed('a wildcard stands alone in its level, and # at the end');",
				replace: 'if (!begins || !ends) return;',
			},
		],
		because: 'the protocol asks it at every level (MQTT-4.7.1-1, MQTT-4.7.1-2)',
	},
	refusal: 'packet-malformed',
	run: ({ site }) => filtersTaken(site, ['hall#', '#/probe-1', 'hall/probe+', 'hall/#/dose-rate']),
});

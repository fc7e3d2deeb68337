import { setTimeout as sleep } from 'node:timers/promises';
import { attack } from './harness/attack.ts';

export default attack({
	title:
		'a host name of 36 letters and an underscore, from somebody who names machines, keeps the site from ever starting',
	requirements: ['input-refused'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/site/host-name.ts',
				find: `text
		.replace(/\\.$/, '')
		.split('.')
		.every((label) => LABEL.test(label));`,
				replace: '/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.?)+$/i.test(text);',
			},
		],
		because: 'how a name is read is no parameter',
	},
	refusal: 'site-configuration',
	site: null,
	run: async ({ cli, folder, signal }) => {
		const words = ['serve', '--name', `${'a'.repeat(36)}_`, '--https-port', '0', '--mqtts-port', '0', '--json'];
		const over = new AbortController();
		const ended = await Promise.race([
			cli(words, { data: `${folder}/data` }),
			// On a machine however busy: a name that is read label by label is refused in the time that a start takes.
			sleep(45_000, null, { signal: AbortSignal.any([signal, over.signal]) }),
		]);
		over.abort();
		if (ended === null) return { succeeded: true, saw: 'after 45 s it still reads the name', refusal: null };
		return { succeeded: false, saw: `refused: ${ended.stderr.trim()}`, refusal: ended.code };
	},
});

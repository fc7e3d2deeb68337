import { Damaged } from '../codec/feed.ts';
import type { Format } from './format.ts';
import { member } from './tar.ts';

const MAGIC = Buffer.from('!<arch>\n');
const HEADER = 60;

/** What `ar` writes (ar(5)): libraries and Debian packages. */
export const ar: Format = {
	name: 'an ar archive',
	label: 'ar',
	magic: MAGIC,
	fits: (window, start) => window.toString('latin1', start + 66, start + 68) === '`\n',
	async read(opened) {
		const { feed } = opened;
		await feed.skip(MAGIC.length);
		let longNames = '';
		while (await feed.need(HEADER)) {
			const header = feed.bytes.toString('latin1', 0, HEADER);
			const size = Number(header.slice(48, 58));
			if (!header.endsWith('`\n')) return;
			if (!Number.isSafeInteger(size)) throw new Damaged();
			feed.drop(HEADER);
			feed.commit();
			const written = header.slice(0, 16).trim();
			if (written === '//' && size < 1_048_576) longNames = (await feed.take(size)).toString('utf8');
			else {
				const [, at] = /^\/(\d+)$/.exec(written) ?? [];
				const name =
					at === undefined ? written.replace(/\/$/, '') : (longNames.slice(Number(at)).split(/\/?\n/)[0] ?? written);
				await member(opened, name, size);
			}
			if (size % 2 === 1 && (await feed.need(1))) feed.drop(1);
		}
	},
};

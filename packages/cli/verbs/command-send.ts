import { buffer } from 'node:stream/consumers';
import type { Command } from 'commander';
import { print, printJson, tell } from '../terminal/output.ts';
import { deviceName } from './device-name.ts';
import { group } from './group.ts';
import { parseMoment, printMoment } from './moment.ts';
import { readBytes } from './read-text.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application: string;
	readonly file?: string;
	readonly contentType?: string;
	readonly expires?: string;
}

/** Throws `Problem('file-unreadable')`. */
const payloadOf = async (file: string | undefined): Promise<Buffer> => {
	if (file !== undefined && file !== '-') {
		return readBytes(file);
	}
	if (process.stdin.isTTY) tell('Write the command, then Ctrl-D:\n');
	return buffer(process.stdin);
};

/** `keyward command send DEVICE`. The command is read from a file or standard input: an argument would be seen by every user. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'command')
			.command('send')
			.description('Send a command to a device; it waits until the device acknowledges it')
			.argument('<device>', 'name of the device')
			.requiredOption('--application <name>', 'the application')
			.option('--file <path>', 'the command, any bytes; - is standard input', '-')
			.option('--content-type <type>', 'what it is, for the device', 'application/octet-stream')
			.option('--expires <when>', 'a span such as 12h, or a date (default: in 7 days)'),
	).action(async (id: string, options: Options) => {
		const device = deviceName(id);
		const { application, file, contentType, expires } = options;
		const sent = await ask(options, 'command.send', {
			application,
			device,
			payload: (await payloadOf(file)).toString('base64'),
			encoding: 'base64',
			...(contentType === undefined ? {} : { contentType }),
			...(expires === undefined ? {} : { expires: parseMoment(expires, Date.now()) }),
		});
		if (options.json === true) return printJson(sent);
		print(
			`Command ${sent.id} (${sent.size} bytes) waits for ${device} until ${printMoment(sent.expires)}.\n` +
				`See what became of it with: keyward command list --application ${application} --device ${device}\n`,
		);
	});
};

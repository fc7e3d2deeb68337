import type { KeyEvidence } from '@keyward/core/device';
import type { Command } from 'commander';
import { inLine } from '@keyward/core/export';
import { print, printJson, printTable, printText } from '../terminal/output.ts';
import { deviceName } from './device-name.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { describeRefused } from './describe-refused.ts';
import { printRefusals } from './print-refusals.ts';
import { shortPart } from './principals.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

/** `keyward device show`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'device')
			.command('show')
			.description('Show a device, its certificates and streams')
			.argument('<id>', 'name of the device')
			.requiredOption('--application <name>', 'the application that it belongs to'),
	).action(async (text: string, options: SiteOptions & { readonly application: string }) => {
		const id = deviceName(text);
		const device = await ask(options, 'device.show', { application: options.application, device: id });
		if (options.json === true) return printJson(device);
		const {
			application,
			class: className,
			part,
			state,
			connected,
			at,
			certificates,
			keys,
			findings,
			refusals,
			refused,
			streams,
		} = device;
		printText(
			`${id} of ${application}: ${state} since ${printMoment(at)}, class ${className ?? '–'}, ` +
				`${connected ? 'connected' : 'not connected'}\n${part === null ? '' : `It must be ${inLine(part)}\n`}\n`,
		);
		printTable(
			['certificate', 'key', 'from', 'until', 'revoked'],
			certificates.map(({ serial, evidence, notBefore, notAfter, revoked }) => [
				serial,
				inWords(evidence),
				printMoment(notBefore),
				printMoment(notAfter),
				revoked === null ? 'no' : `${printMoment(revoked.at)}, ${revoked.cause}: ${revoked.reason}`,
			]),
		);
		for (const { purpose, thumbprint, at: registered } of keys)
			printText(`\n${purpose} key ${thumbprint}, registered ${printMoment(registered)}\n`);
		if (findings.length > 0) {
			print('\nIt falls short of the policy:\n');
			for (const { requirement, reason } of findings) printText(`  ${requirement}: ${inLine(reason)}\n`);
		}
		if (refused !== null) printText(`\n${describeRefused(refused)}\n`);
		if (refusals.length > 0) {
			print('\nIt was refused, since the service started:\n');
			printRefusals(refusals);
		}
		print('\n');
		printTable(
			['stream', 'unit', 'readings', 'newest', 'state', 'missing'],
			streams.map(({ stream, unit, last, newest, presence, missing }) => [
				...[stream, unit, String(last), printMoment(newest)],
				presence ?? '–',
				missing === null ? '–' : String(missing),
			]),
		);
	});
};

/** Where a key is and who says so: `tpm2, attested by ek:1f0c… of Example Semiconductor`. */
const inWords = (evidence: KeyEvidence): string =>
	`${keyInWords(evidence)}${evidence.adopted === true ? '; its certificate is of another CA' : ''}`;

const keyInWords = ({ custody, proof, part, manufacturer, emulated }: KeyEvidence): string =>
	custody === 'software'
		? 'software'
		: `${custody}, ${proof}${part === null ? '' : ` by ${shortPart(part)}`}${manufacturer === null ? '' : ` of ${manufacturer}`}${emulated ? ' (EMULATED)' : ''}`;

import type { IncidentSummary, IncidentView } from '@keyward/contract';
import { Problem } from '@keyward/core';
import { containmentSteps, detectorNames, detectors } from '@keyward/core/incident';
import { inLine } from '@keyward/core/export';
import { writeDurably } from '@keyward/custody';
import type { Command } from 'commander';
import { print, printJson, printTable } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, ofApplication, type SiteOptions, siteOptions } from './site.ts';

interface ListOptions extends SiteOptions {
	readonly application?: string;
	readonly open?: boolean;
}

interface CloseOptions extends SiteOptions {
	readonly reason: string;
}

interface ExportOptions extends SiteOptions {
	readonly out: string;
}

const numberOf = (text: string): number => {
	if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
	throw new Problem(
		'request-malformed',
		`${JSON.stringify(text)} is no number of an incident: see keyward incident list.`,
	);
};

const stateOf = ({ closed, containment }: IncidentSummary): string => {
	const contained =
		containment === null ? '' : containment.steps.length === containmentSteps.length ? 'contained' : 'being contained';
	return [closed === null ? 'open' : 'closed', contained].filter((word) => word !== '').join(', ');
};

const measuredOf = (cause: IncidentSummary['cause']): string[] =>
	cause === 'reported' ? [] : [`  false alarms measured: ${detectors[cause].measured}`];

/** What opens incidents by itself, and how far each can be believed. */
const known = `
Detectors, what each sees, when it alarms and nothing is wrong, and how often that was so where it was measured:
${detectorNames
	.map((name) => {
		const { says, falseAlarms, measured, proof } = detectors[name];
		return [
			`  ${name}${proof ? ' (contains by itself where the policy enforces)' : ''}`,
			says,
			falseAlarms,
			measured,
		].join('\n      ');
	})
	.join('\n')}`;

const describe = (incident: IncidentView): string => {
	const { number, application, device, cause, opened, by, reason, times, last, detector, containment, rekey, closed } =
		incident;
	const lines = [
		`Incident ${number}: ${device === '' ? 'the service' : device}${application === '' ? '' : ` of ${application}`}, ${stateOf(incident)}`,
		`  opened   ${printMoment(opened)} by ${by}, ${cause}: ${reason}`,
	];
	if (times > 1) lines.push(`  seen     ${times} times, last ${printMoment(last)}`);
	if (detector !== null)
		lines.push(
			`  means    ${detector.says}`,
			`  may be   ${detector.falseAlarms}`,
			...measuredOf(cause),
			`  proof    ${detector.proof ? 'yes: only the holder of its key can make this' : 'no: look before you act'}`,
		);
	if (containment !== null) {
		lines.push(
			`  contained at the word of ${containment.by}, what it sent since ${printMoment(containment.since)} is marked: ${containment.reason}`,
		);
		for (const { step, at, result } of containment.steps)
			lines.push(`    ${printMoment(at)}  ${step.padEnd(8)} ${result}`);
		if (rekey !== null && containment.rekey !== undefined) {
			const { affected, renewed, asked } = rekey;
			const whom =
				containment.rekey.of === 'class' ? `of class ${containment.rekey.class ?? 'none'}` : `of ${application}`;
			lines.push(
				`  new keys for the other devices ${whom}: ${renewed} of ${affected} have one; ${asked} are asked now (at most ${containment.rekey.wave} at once), ${affected - renewed - asked} wait`,
			);
		}
		for (const one of containment.awaits) lines.push(`    awaits the owner: ${one}`);
	}
	if (closed !== null) lines.push(`  closed   ${printMoment(closed.at)}: ${closed.reason}`);
	return lines.map(inLine).join('\n');
};

/** `keyward incident list`, `show`, `close` and `export`. */
export const register = (program: Command): void => {
	const incident = group(program, 'incident');
	siteOptions(
		incident
			.command('list')
			.description('List incidents, newest first; exit code 1 while one is open')
			.option('--application <name>', 'of this application')
			.option('--open', 'only those that nobody closed'),
	)
		.addHelpText('after', known)
		.action(async (options: ListOptions) => {
			const found = await ask(options, 'incident.list', {
				...ofApplication(options),
				...(options.open === true && { open: true }),
			});
			if (found.some(({ closed }) => closed === null)) process.exitCode = 1;
			if (options.json === true) return printJson(found);
			printTable(
				['number', 'opened', 'device', 'cause', 'seen', 'state', 'reason'],
				found.map((one) => [
					String(one.number),
					printMoment(one.opened),
					one.device === '' ? 'the service' : `${one.application}/${one.device}`,
					one.cause,
					String(one.times),
					stateOf(one),
					one.reason,
				]),
			);
		});

	siteOptions(
		incident
			.command('show')
			.description('Show an incident: what happened, what was done, who did it')
			.argument('<number>', 'of the incident'),
	).action(async (number: string, options: SiteOptions) => {
		const found = await ask(options, 'incident.show', { number: numberOf(number) });
		if (options.json === true) return printJson(found);
		print(`${describe(found)}\n\n`);
		printTable(
			['when', 'who', 'what', 'result', 'why'],
			found.actions.map((one) => [
				printMoment(one.at),
				one.who,
				one.operation,
				one.result ?? 'not ended',
				one.reason ?? '',
			]),
		);
	});

	siteOptions(
		incident
			.command('close')
			.description('Close an incident with a reason; what was contained stays contained')
			.argument('<number>', 'of the incident')
			.requiredOption('--reason <text>', 'what it was, in words that an auditor will read'),
	).action(async (number: string, options: CloseOptions) => {
		const { reason } = options;
		const closed = await ask(options, 'incident.close', { number: numberOf(number), reason });
		if (options.json === true) return printJson(closed);
		print(`Incident ${closed.number} is closed.\n`);
	});

	siteOptions(
		incident
			.command('export')
			.description('Write an incident to a file, with who did what and what the ledger says of it')
			.argument('<number>', 'of the incident')
			.requiredOption('--out <file>', 'a new file, or one to be replaced'),
	).action(async (number: string, options: ExportOptions) => {
		const found = await ask(options, 'incident.show', { number: numberOf(number) });
		const ledger = await ask(options, 'ledger.verify', {});
		const exported = { type: 'keyward-incident', version: 1, exported: Date.now(), incident: found, ledger };
		await writeDurably(options.out, `${JSON.stringify(exported, null, '\t')}\n`, 'replace', 0o600);
		if (options.json === true) return printJson({ out: options.out });
		print(`Incident ${found.number} is in ${options.out}.\n`);
	});
};

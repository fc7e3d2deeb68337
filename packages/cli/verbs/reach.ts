import { Problem } from '@keyward/core';
import {
	checkInventory,
	createExposure,
	createFleetReach,
	fleetChokePoints,
	findSubject,
	graphMl,
	type Inventory,
	inventoryGraph,
	openGraph,
	reachReport,
	suppose,
} from '@keyward/core/reach';
import { type Command, Option } from 'commander';
import { inLine } from '@keyward/core/export';
import { printChunks } from '../keycheck/output-chunks.ts';
import { readInventory } from '../reach/read-inventory.ts';
import { renderReach, type Scenario } from '../reach/reach-view.ts';
import { exit, print, printJson, printTable, printText, terminalWidth } from '../terminal/output.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly if: readonly string[];
	readonly inventory?: string;
	readonly graphml?: true;
	readonly opengraph?: true;
}

const AS_IS = 'as it is';

const supposed = (inventory: Inventory, what: string): Inventory => {
	const changes = what.split(',').map((one) => one.trim());
	const names = changes.map((one) => one.split('=', 1)[0] ?? '');
	const twice = names.find((name, index) => names.indexOf(name) !== index);
	if (twice !== undefined)
		throw new Problem(
			'what-if-unknown',
			`${JSON.stringify(twice)} is supposed twice in one scenario: name it once, or give another --if`,
		);
	return changes.reduce(suppose, inventory);
};

/** Every device by the scale of reach-bound, for each scenario. */
const fleet = (inventory: Inventory) => {
	const { graph, owners } = inventoryGraph(inventory);
	const reaches = createFleetReach(graph, owners)();
	const of = (value: string): number => reaches.filter((one) => one.value === value).length;
	return {
		devices: reaches.length,
		othersFall: of('any'),
		ownKeyLeaves: of('none'),
		noKeyLeaves: of('none-and-no-key'),
		chokePoints: fleetChokePoints(graph, owners),
		examples: reaches
			.filter(({ other }) => other !== null)
			.slice(0, 5)
			.map(({ device, other }) => ({ device: graph.labels[device] ?? '', other: graph.labels[other ?? -1] ?? '' })),
	};
};

const run = async (subject: string | undefined, options: Options): Promise<void> => {
	const inventory =
		options.inventory === undefined
			? checkInventory(await ask(options, 'trust.show', {}))
			: await readInventory(options.inventory);
	const named = [AS_IS, ...options.if].map((name) => ({
		name,
		inventory: name === AS_IS ? inventory : supposed(inventory, name),
	}));
	if (options.graphml === true || options.opengraph === true) {
		// One graph: what is supposed last, with what falls marked.
		const { graph } = inventoryGraph(named.at(-1)?.inventory ?? inventory);
		const exposure = subject === undefined ? null : createExposure(graph)([findSubject(graph, subject)]);
		await printChunks(options.graphml === true ? graphMl(graph, exposure) : openGraph(graph, exposure));
		return;
	}
	if (subject === undefined) {
		const fleets = named.map(({ name, inventory: one }) => ({ if: name, ...fleet(one) }));
		process.exitCode = (fleets[0]?.othersFall ?? 0) > 0 ? exit.finding : exit.held;
		if (options.json === true)
			return printJson({ source: inventory.source, assumptions: inventory.assumptions, fleets });
		printTable(
			['', 'devices', 'others fall with it', 'its own key leaves', 'no key leaves'],
			fleets.map(({ if: name, devices, othersFall, ownKeyLeaves, noKeyLeaves }) => [
				name,
				...[devices, othersFall, ownKeyLeaves, noKeyLeaves].map((n) => n.toLocaleString('en')),
			]),
		);
		for (const { if: name, chokePoints, othersFall } of fleets)
			for (const { what, devices } of chokePoints)
				printText(
					`  Mend first${name === AS_IS ? '' : `, ${name}`}: ${inLine(what)}: ${devices.toLocaleString('en')} of ${othersFall.toLocaleString('en')} take no other with them then\n`,
				);
		for (const { device, other } of fleets[0]?.examples ?? [])
			printText(`  ${inLine(`${device} opened: ${other}`)} falls with it\n`);
		for (const one of inventory.assumptions) printText(`  Taken for the worse: ${inLine(one)}\n`);
		return;
	}
	const scenarios = named.map(({ name, inventory: one }): Scenario => {
		const built = inventoryGraph(one);
		return { name, report: reachReport(built, findSubject(built.graph, subject)) };
	});
	const others = scenarios[0]?.report.others;
	process.exitCode = others !== undefined && others.certain + others.inHand > 0 ? exit.finding : exit.held;
	if (options.json === true) {
		printJson({
			source: inventory.source,
			assumptions: inventory.assumptions,
			scenarios: scenarios.map(({ name, report }) => ({ if: name, ...report })),
		});
		return;
	}
	print(renderReach(scenarios, inventory.assumptions, terminalWidth()));
};

const HELP = `
SUBJECT is a device, key, person, service, CA or role: "hall/probe-1", "probe-1", "ca:hall", "key:3f2a90c1", "operator", "service",
  "releases of hall", "rosters of hall", "commands of hall", "commander hall/anna".
Without one, every device is judged: whether others fall with it, and whether its key leaves it.
--if supposes custody=file|tpm2|pkcs11, psk=shared|own, key=own, ca=file|pkcs11, readings=sealed, gateway=blind;
  several in one scenario with a comma, several scenarios with several --if.
--inventory reads keycheck's JSON, CycloneDX with cryptographic assets, a CSV (docs/reach.md), or exports of ChirpStack and
  The Things Stack and all else in which keycheck finds keys with a holder.
Exit code: 0 nothing else falls, 1 other devices fall, 2 misuse or failure.`;

/** `keyward reach`. */
export const register = (program: Command): void => {
	siteOptions(
		program
			.command('reach')
			.argument('[subject]', 'what an attacker takes')
			.description('Show what falls when a device, key, person, service or CA is taken, and how')
			.option(
				'--if <change>',
				'suppose this, in a column beside: custody=tpm2, psk=shared, … (more than once)',
				(one: string, before: readonly string[]) => [...before, one],
				[],
			)
			.option('--inventory <file>', 'judge this file in place of a running site'),
	)
		.addOption(new Option('--graphml', 'print the graph as GraphML').conflicts(['json', 'opengraph']))
		.addOption(
			new Option('--opengraph', "print the graph as BloodHound's OpenGraph JSON").conflicts(['json', 'graphml']),
		)
		.addHelpText('after', HELP)
		.action(async (subject: string | undefined, options: Options) => {
			if (options.inventory !== undefined && options.data !== undefined)
				throw new Problem('request-malformed', 'A file or a running site: give --inventory or --data, not both');
			await run(subject, options);
		});
};

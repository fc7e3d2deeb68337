import {
	checkInventory,
	createFleetReach,
	findSubject,
	type Inventory,
	inventoryGraph,
	type ReachReport,
	reachReport,
	suppose,
} from '@keyward/core/reach';
import { useMemo } from 'preact/hooks';
import { call } from '../base/api.ts';
import { useLoad } from '../base/load.ts';
import { go, parameter, withQuery } from '../base/route.ts';
import { capital, figure } from '../base/words.ts';
import { Empty, Heading, Problem, Show } from '../parts/common.tsx';
import { Field } from '../parts/dialog.tsx';
import { texts } from '../texts/index.ts';

const words = texts.reach;

/** What an attacker can be said to take, as it is typed. */
const subjectsOf = ({ devices, readers, authorities, service, people, gateways }: Inventory): string[] => [
	...devices.map(({ id }) => `device:${id}`),
	...readers.map(({ id }) => `reader:${id}`),
	...gateways.map(({ id }) => `gateway:${id}`),
	...authorities.map(({ id }) => `ca:${id}`),
	...people.map(({ id }) => `person:${id}`),
	...(service === null ? [] : [`service:${service.id}`]),
];

const kinds: Readonly<Record<string, readonly string[]>> = words.kinds;

const kindOf = (kind: string, count: number): string => kinds[kind]?.[count === 1 ? 0 : 1] ?? kind.replaceAll('-', ' ');

const Scenario = ({ name, report }: { name: string; report: ReachReport }) => {
	const { others, keyLeaves, falls, steps, chokePoints } = report;
	const bad = others.certain + others.inHand > 0;
	return (
		<section class={bad ? 'card scenario fallen' : 'card scenario'} aria-label={name}>
			<h2>{capital(name)}</h2>
			<p class="count">
				<b>{figure(others.certain + others.inHand)}</b> {words.others}
			</p>
			<p class="faint">{words.certain(figure(others.certain), figure(others.inHand))}</p>
			{others.examples.length > 0 && <p>{others.examples.join(', ')}</p>}
			<p class={keyLeaves ? 'low-text' : ''}>{keyLeaves ? words.keyLeaves : words.keyStays}</p>
			<h3>{words.falls}</h3>
			{falls.length === 0 ? (
				<p class="faint">{words.nothingMore}</p>
			) : (
				<ul class="names">
					{falls.map((one) => (
						<li key={one.kind}>
							{figure(one.certain + one.inHand)} {kindOf(one.kind, one.certain + one.inHand)}
						</li>
					))}
				</ul>
			)}
			<h3>{words.choke}</h3>
			{chokePoints.length === 0 ? (
				<p class="faint">{words.noChoke}</p>
			) : (
				<ol class="feed">
					{[...Map.groupBy(chokePoints.slice(0, 5), ({ exposure }) => exposure)].map(([exposure, alike]) => (
						<li key={exposure}>
							<b>{words.cuts(exposure)}</b> {alike.map(({ what }) => what).join(', or ')}
						</li>
					))}
				</ol>
			)}
			<details>
				<summary>{words.how}</summary>
				<ol class="steps">
					{steps.map((one) => (
						<li key={`${one.from} ${one.says} ${one.to}`}>
							{capital(one.from)} {one.says} {one.to}{' '}
							{one.more > 0 && <span class="faint">{words.more(one.more)}</span>}
						</li>
					))}
				</ol>
			</details>
		</section>
	);
};

const supposedWords: Readonly<Record<string, string>> = words.supposed;

const Taken = ({ inventory, subject, compared }: { inventory: Inventory; subject: string; compared: string }) => {
	const found = useMemo(() => {
		try {
			return ['', ...(compared === '' ? [] : [compared])].map((what) => {
				const built = inventoryGraph(what === '' ? inventory : suppose(inventory, what));
				return {
					name: what === '' ? words.asIs : (supposedWords[what] ?? what),
					report: reachReport(built, findSubject(built.graph, subject)),
				};
			});
		} catch (error) {
			return error instanceof Error ? error : new Error(String(error));
		}
	}, [inventory, subject, compared]);
	if (found instanceof Error) return <Problem error={found} />;
	return (
		<div class="two">
			{found.map((one) => (
				<Scenario key={one.name} {...one} />
			))}
		</div>
	);
};

const Fleet = ({ inventory, take }: { inventory: Inventory; take: (subject: string) => void }) => {
	const { reaches, graph } = useMemo(() => {
		const built = inventoryGraph(inventory);
		return { reaches: createFleetReach(built.graph, built.owners)(), graph: built.graph };
	}, [inventory]);
	const of = (value: string): number => reaches.filter((one) => one.value === value).length;
	const weak = reaches.filter(({ other }) => other !== null).slice(0, 20);
	return (
		<section class="card">
			<h2>{words.fleet}</h2>
			<ul class="figures-line left">
				<li>
					<b>{figure(reaches.length)}</b> {words.fleetDevices.toLowerCase()}
				</li>
				<li class={of('any') > 0 ? 'low' : ''}>
					<b>{figure(of('any'))}</b> {words.fleetAny}
				</li>
				<li>
					<b>{figure(of('none'))}</b> {words.fleetNone}
				</li>
				<li>
					<b>{figure(of('none-and-no-key'))}</b> {words.fleetNothing}
				</li>
			</ul>
			{weak.length > 0 && (
				<>
					<h3>{words.weakest}</h3>
					<p class="actions">
						{weak.map(({ device }) => (
							<button
								key={device}
								type="button"
								class="quiet small"
								onClick={() => take(`device:${graph.labels[device] ?? ''}`)}
							>
								{graph.labels[device]}
							</button>
						))}
					</p>
				</>
			)}
		</section>
	);
};

const Reach = () => {
	const loaded = useLoad(
		'reach',
		async (background) => checkInventory(await call('trust.show', {}, background)),
		() => null,
	);
	const subject = parameter('of');
	const compared = parameter('if');
	const take = (of: string): void => go(withQuery({ of }), true);
	return (
		<>
			<Heading title={words.title} />
			<p class="faint lead-line">{words.lead}</p>
			<Show loaded={loaded}>
				{(inventory) => {
					const subjects = subjectsOf(inventory);
					if (subjects.length === 0) return <Empty title={words.none} />;
					return (
						<>
							<form class="filters pair" onSubmit={(event) => event.preventDefault()}>
								<Field label={words.subject}>
									<input
										list="subjects"
										placeholder={words.subjectHint}
										value={subject}
										onInput={(event) => take(event.currentTarget.value)}
									/>
								</Field>
								<datalist id="subjects">
									{subjects.slice(0, 500).map((one) => (
										<option key={one} value={one} />
									))}
								</datalist>
								<Field label={words.as}>
									<select value={compared} onChange={(event) => go(withQuery({ if: event.currentTarget.value }), true)}>
										<option value="">{words.nothingMore}</option>
										{Object.entries(words.supposed).map(([value, text]) => (
											<option key={value} value={value}>
												{text}
											</option>
										))}
									</select>
								</Field>
							</form>
							{subject !== '' && <Taken inventory={inventory} subject={subject} compared={compared} />}
							<Fleet inventory={inventory} take={take} />
							{inventory.assumptions.length > 0 && (
								<section class="card">
									<h2>{words.assumptions}</h2>
									<ul class="feed">
										{inventory.assumptions.map((one) => (
											<li key={one}>{one}</li>
										))}
									</ul>
								</section>
							)}
						</>
					);
				}}
			</Show>
		</>
	);
};

export default Reach;

import {
	catalogue,
	expandParameters,
	objectives,
	type Policy,
	printParameter,
	printSpan,
	type CatalogueEntry,
} from '@keyward/core/policy';
import { texts } from '../texts/index.ts';
import { Tag } from './common.tsx';
import { Table } from './table.tsx';

const words = texts.policy;

/** Where the version falls short of what is asked; null where it does not. */
const limitOf = ({ id, scale, builtTo }: CatalogueEntry, policy: Policy): string | null => {
	const value = policy.parameters[id];
	if (value === null) return null;
	if (builtTo === null) return words.notBuilt;
	return scale.satisfies(builtTo, value) ? null : words.upTo(printParameter(id, builtTo));
};

/** What a policy comes to: each objective with its requirements, as `keyward policy explain` has it. */
export const Expansion = ({ policy }: { policy: Policy }) => {
	const byLevel = expandParameters(policy.level);
	return (
		<section class="card">
			<h2>{words.asks}</h2>
			<p class="faint">{policy.mode === 'enforce' ? words.enforce : words.audit}</p>
			<div class="expansion">
				{objectives.map((objective) => {
					const entries = catalogue.filter((one) => one.objective === objective);
					const asked = entries.filter(({ id }) => policy.parameters[id] !== null);
					return (
						<details key={objective}>
							<summary>
								<b>{words.level(texts.objectives[objective], policy.level[objective])}</b>{' '}
								<span class="faint">
									{asked.length} / {entries.length}
								</span>
							</summary>
							{asked.length === 0 ? (
								<p class="faint">{words.nothing}</p>
							) : (
								<ul class="asked">
									{asked.map((entry) => {
										const value = policy.parameters[entry.id];
										const limit = limitOf(entry, policy);
										return (
											<li key={entry.id}>
												<span class="mono">{entry.id}</span> <b>{printParameter(entry.id, value)}</b>{' '}
												{value !== byLevel[entry.id] && <Tag>{words.from.tightened}</Tag>}
												{limit !== null && <Tag tone="short">{limit}</Tag>}
												<p class="faint">{entry.statement}</p>
											</li>
										);
									})}
								</ul>
							)}
						</details>
					);
				})}
			</div>
			<h3>{words.streams}</h3>
			<Table label={words.streams} head={[words.stream, words.unit, words.every, words.readers]}>
				{[...policy.streams.values()].map((one) => (
					<tr key={one.name}>
						<td>{one.name}</td>
						<td>{one.unit}</td>
						<td>{printSpan(one.every)}</td>
						<td>{one.readers.join(', ') || words.nobody}</td>
					</tr>
				))}
			</Table>
			<h3>{words.devices}</h3>
			<Table label={words.devices} head={[words.class, words.custody, words.writes]}>
				{[...policy.devices.values()].map((one) => (
					<tr key={one.name}>
						<td>{one.name}</td>
						<td>{one.custody.join(', ')}</td>
						<td>{one.streams.join(', ')}</td>
					</tr>
				))}
			</Table>
		</section>
	);
};

import type { ComponentChildren } from 'preact';
import { cheapest, isExample, money, steps } from '../base/prices.ts';
import { deviceAddress } from '../base/route.ts';
import { texts } from '../texts/index.ts';
import { capital } from '../base/words.ts';
import type { Chain, ChainLink } from './chain.tsx';
import { A, Gauge, Moment, Tag } from './common.tsx';

type Weakness = ChainLink['weaknesses'][number];
const words = texts.overview;

const Where = ({ weakness }: { weakness: Weakness }) => (
	<ul class="names">
		{weakness.components.map(({ kind, application, id }) => (
			<li key={`${kind}/${id}`}>
				{kind === 'device' ? (
					<A to={deviceAddress(application, id)}>{id}</A>
				) : kind === 'reader' ? (
					`reader ${id}`
				) : kind === 'update' ? (
					'the update path'
				) : (
					'the service'
				)}
			</li>
		))}
		{weakness.count > weakness.components.length && (
			<li>{words.others(weakness.count - weakness.components.length)}</li>
		)}
	</ul>
);

/** A standard is named once: `IEC 62443-4-2 CR 1.5, CR 1.9`. */
const shorter = (clauses: readonly string[]): string =>
	[
		...Map.groupBy(clauses, (one) =>
			one
				.split(' ')
				.slice(0, one.startsWith('CRA') ? 1 : 2)
				.join(' '),
		),
	]
		.map(([standard, all]) => `${standard} ${all.map((one) => one.slice(standard.length + 1)).join(', ')}`)
		.join('; ');

const RemedyOf = ({ weakness, application }: { weakness: Weakness; application: string }) => {
	if (weakness.barred) return <p class="faint">{words.barredHelp}</p>;
	const wanted = Math.max(weakness.required, weakness.achieved + 1);
	const remedy = cheapest(weakness.requirement, wanted, weakness.count);
	if (remedy === null) return <p>{weakness.remedy ?? words.noRemedy}</p>;
	const first = weakness.components[0];
	return (
		<details>
			<summary>
				{remedy.does} <span class="faint">({words.each(money(remedy.each))})</span>
			</summary>
			<ol class="steps">
				{steps(remedy, application, first?.id ?? '').map((step) => (
					<li key={step}>
						<code>{step}</code>
					</li>
				))}
			</ol>
			{isExample() && <p class="faint">{capital(words.onlyExample)}.</p>}
		</details>
	);
};

const Row = ({ weakness, application }: { weakness: Weakness; application: string }) => (
	<li class={weakness.achieved < weakness.required && !weakness.barred ? 'weakness low' : 'weakness'}>
		<div class="weakness-head">
			<h3>{weakness.requirement}</h3>
			<span class="faint">{texts.objectives[weakness.objective]}</span>
			<Gauge achieved={weakness.achieved} required={weakness.required} />
			<span class="figures">
				{weakness.achieved}/{weakness.required}
			</span>
			{weakness.barred && <Tag>{words.barred}</Tag>}
		</div>
		<p>{weakness.statement}</p>
		<dl class="facts">
			<Fact term={words.reason}>{capital(weakness.reason)}</Fact>
			<Fact term={words.where}>
				<Where weakness={weakness} />
			</Fact>
			<Fact term={words.clause}>{weakness.clause.length === 0 ? words.ours : shorter(weakness.clause)}</Fact>
			<Fact term={words.evidence}>
				{weakness.evidence === null ? (
					words.noEvidence
				) : (
					<>
						{weakness.evidence.strength}, {weakness.evidence.source}, <Moment at={weakness.evidence.at} />
					</>
				)}
			</Fact>
			<Fact term={words.remedy} wide>
				<RemedyOf weakness={weakness} application={application} />
			</Fact>
		</dl>
	</li>
);

const Fact = ({ term, wide, children }: { term: string; wide?: boolean; children: ComponentChildren }) => (
	<div class={wide === true ? 'across' : ''}>
		<dt>{term}</dt>
		<dd>{children}</dd>
	</div>
);

/** Why one link stands where it does: what is below the requirement, then what is only not yet at level 4. */
export const Weaknesses = ({ chain, link }: { chain: Chain; link: ChainLink }) => {
	const below = link.weaknesses.filter(({ achieved, required }) => achieved < required);
	const beyond = link.weaknesses.filter(({ achieved, required }) => achieved >= required);
	const name = texts.links[link.link].name;
	return (
		<section class="why" aria-label={words.why(name)}>
			<h2>
				{name} <span class="faint">{texts.links[link.link].what}</span>
			</h2>
			{link.weaknesses.length === 0 && <p>{words.strong}</p>}
			{below.length > 0 && <h3 class="group">{words.below(below.length)}</h3>}
			<ul class="weaknesses">
				{below.map((one) => (
					<Row key={`${one.requirement}/${one.reason}`} weakness={one} application={chain.application} />
				))}
			</ul>
			{beyond.length > 0 && (
				<details class="beyond" open={below.length === 0}>
					<summary>{words.beyond(beyond.length)}</summary>
					<ul class="weaknesses">
						{beyond.map((one) => (
							<Row key={`${one.requirement}/${one.reason}`} weakness={one} application={chain.application} />
						))}
					</ul>
				</details>
			)}
		</section>
	);
};

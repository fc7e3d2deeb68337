import { useState } from 'preact/hooks';
import { type Answer, call } from '../base/api.ts';
import { useLoad } from '../base/load.ts';
import { go, parameter, withQuery } from '../base/route.ts';
import { may } from '../base/session.ts';
import { recorded, when } from '../base/words.ts';
import { A, Empty, Heading, Show, Tag } from '../parts/common.tsx';
import { Field } from '../parts/dialog.tsx';
import { texts } from '../texts/index.ts';

const words = texts.audit;
type Entry = Answer<'audit.list'>[number];

const AT_A_TIME = 200;

const inWords = (entry: Entry): string =>
	Object.entries(entry.input)
		.map(([name, value]) => `${name}: ${typeof value === 'number' ? recorded(name, value) : value}`)
		.join(', ');

const matches = (entry: Entry, text: string): boolean =>
	`${entry.who} ${entry.operation} ${inWords(entry)} ${entry.reason ?? ''} ${entry.result ?? ''}`
		.toLowerCase()
		.includes(text.toLowerCase());

const Entries = ({ entries }: { entries: readonly Entry[] }) => (
	<div class="wide card stacks" tabIndex={0} role="group" aria-label={words.title}>
		<table>
			<thead>
				<tr>
					<th scope="col">{words.when}</th>
					<th scope="col">{words.who}</th>
					<th scope="col">{words.what}</th>
					<th scope="col">{words.with}</th>
					<th scope="col">{words.result}</th>
				</tr>
			</thead>
			<tbody>
				{entries.map((one) => (
					<tr key={one.number}>
						<td class="nowrap" data-label={words.when}>
							{when(one.at)}
						</td>
						<td class="who" data-label={words.who}>
							{one.who}
						</td>
						<td class="mono" data-label={words.what}>
							{may('ledger.prove') ? <A to={`/ledger?action=${one.number}`}>{one.operation}</A> : one.operation}
						</td>
						<td class="with">
							<span title={inWords(one)}>{inWords(one)}</span>
						</td>
						<td>
							<Tag tone={one.result === 'done' ? 'good' : one.result === null ? 'plain' : 'short'}>
								{one.result ?? words.running}
							</Tag>
						</td>
					</tr>
				))}
			</tbody>
		</table>
	</div>
);

export const Audit = () => {
	const [pages, setPages] = useState(1);
	const application = parameter('app');
	const text = parameter('q');
	const load = async (background: boolean) => {
		const entries: Entry[] = [];
		for (let page = 0; page < pages; page++) {
			const before = entries.at(-1)?.number;
			const more = await call(
				'audit.list',
				{
					...{ limit: AT_A_TIME, ...(application !== '' && { application }) },
					...(before !== undefined && { before }),
				},
				background,
			);
			entries.push(...more);
			if (more.length < AT_A_TIME) return { entries, ended: true };
		}
		return { entries, ended: false };
	};
	const loaded = useLoad(`audit ${application} ${pages}`, load, 5000);
	const status = useLoad('applications', (background) => call('site.status', {}, background), 60_000);
	return (
		<>
			<Heading title={words.title}>
				<p class="faint">{words.sinceDays}</p>
			</Heading>
			<form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
				<Field label={words.search}>
					<input
						type="search"
						placeholder={words.searchHint}
						value={text}
						onInput={(event) => go(withQuery({ q: event.currentTarget.value }), true)}
					/>
				</Field>
				<Field label={words.application}>
					<select value={application} onChange={(event) => go(withQuery({ app: event.currentTarget.value }), true)}>
						<option value="">{words.all}</option>
						{(status.value?.applications ?? []).map((one) => (
							<option key={one.application} value={one.application}>
								{one.application}
							</option>
						))}
					</select>
				</Field>
			</form>
			<Show loaded={loaded}>
				{({ entries, ended }) => {
					const shown = entries.filter((one) => matches(one, text));
					return (
						<>
							{entries.length === 0 ? (
								<Empty title={words.none}>
									<p>{words.noneHelp}</p>
								</Empty>
							) : shown.length === 0 ? (
								<Empty title={words.noMatch} />
							) : (
								<Entries entries={shown} />
							)}
							{!ended && (
								<button type="button" class="quiet" onClick={() => setPages(pages + 1)}>
									{words.older}
								</button>
							)}
						</>
					);
				}}
			</Show>
		</>
	);
};

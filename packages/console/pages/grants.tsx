import { useState } from 'preact/hooks';
import { type Answer, call } from '../base/api.ts';
import { useKept } from '../base/kept.ts';
import { useLoad } from '../base/load.ts';
import { may } from '../base/session.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Empty, Heading, Moment, Show, stateTone, Tag } from '../parts/common.tsx';
import { GrantDialog, mayRead } from '../parts/grant-dialog.tsx';
import { texts } from '../texts/index.ts';

const words = texts.grants;
export type Grant = Answer<'grant.list'>[number];

const load = async (background: boolean) => {
	const [grants, readers, owner] = await Promise.all([
		call('grant.list', {}, background),
		call('reader.list', {}, background),
		call('owner.show', {}, background),
	]);
	return { grants, readers, owner };
};

const whatOf = ({ application, device, stream }: Grant): string =>
	`${application}/${device === '*' ? words.every : device}/${stream}`;

const isOver = ({ ended, expires }: Grant): boolean => ended !== null || expires <= Date.now();

const Table = ({ grants, ask }: { grants: readonly Grant[]; ask: ((grant: Grant) => void) | null }) => (
	<div class="wide stacks" tabIndex={0} role="group" aria-label={words.title}>
		<table>
			<thead>
				<tr>
					{[words.reader, words.what, words.purpose, words.held, words.ends].map((text) => (
						<th key={text} scope="col">
							{text}
						</th>
					))}
					{ask && (
						<th scope="col">
							<span class="visually-hidden">{words.end}</span>
						</th>
					)}
				</tr>
			</thead>
			<tbody>
				{grants.map((one) => (
					<tr key={one.id}>
						<td data-label={words.reader}>{one.reader}</td>
						<td data-label={words.what}>{whatOf(one)}</td>
						<td data-label={words.purpose}>{one.purpose}</td>
						<td data-label={words.held}>
							{words.heldBy[one.held ?? 'service']}{' '}
							{one.unrecorded === true && <Tag tone="short">{words.unrecorded}</Tag>}
						</td>
						<td data-label={words.ends}>
							{one.ended !== null && `${words.ended} `}
							<Moment at={one.ended ?? one.expires} />
						</td>
						{ask && (
							<td class="number">
								<button type="button" class="quiet small" onClick={() => ask(one)}>
									{words.end}
								</button>
							</td>
						)}
					</tr>
				))}
			</tbody>
		</table>
	</div>
);

const Readers = ({ readers }: { readers: Answer<'reader.list'> }) => (
	<section class="card">
		<h2>{words.readers}</h2>
		{readers.length === 0 ? (
			<p class="faint">{words.noReaders}</p>
		) : (
			<ul class="feed">
				{readers.map((one) => (
					<li key={`${one.application}/${one.id}`}>
						<i class={one.connected ? 'dot on' : 'dot'} aria-hidden="true" />
						<b>{one.id}</b> <span class="faint">{one.application}</span>
						<Tag tone={stateTone(one.state)}>{one.state}</Tag>
					</li>
				))}
			</ul>
		)}
	</section>
);

const Rosters = ({ owner }: { owner: Answer<'owner.show'> }) => (
	<section class="card">
		<h2>{words.roster}</h2>
		{owner.root === null ? (
			<p class="faint">{words.noOwner}</p>
		) : (
			<>
				<p class="faint">
					{words.root(owner.root.version, owner.root.threshold, owner.root.keys)}, {words.expires.toLowerCase()}{' '}
					<Moment at={owner.root.expires} />
				</p>
				{owner.rosters.length === 0 ? (
					<p class="faint">{words.noRosters}</p>
				) : (
					<div class="wide" tabIndex={0} role="group" aria-label={words.roster}>
						<table>
							<thead>
								<tr>
									{[words.application, words.number, words.signers, words.readers, words.issued, words.expires].map(
										(text) => (
											<th key={text} scope="col">
												{text}
											</th>
										),
									)}
								</tr>
							</thead>
							<tbody>
								{owner.rosters.map((one) => (
									<tr key={one.application}>
										<td>{one.application}</td>
										<td>{one.number}</td>
										<td>{words.signersOf(one.threshold, one.keys)}</td>
										<td>{one.readers}</td>
										<td>
											<Moment at={one.issued} />
										</td>
										<td class={one.expires <= Date.now() ? 'low' : ''}>
											<Moment at={one.expires} />
										</td>
									</tr>
								))}
							</tbody>
						</table>
					</div>
				)}
			</>
		)}
	</section>
);

export const Grants = () => {
	const loaded = useLoad('grants', load, 5000);
	const [ending, setEnding] = useState<Grant | null>(null);
	const [adding, setAdding] = useKept('add', false);
	const again = (): void => void loaded.again();
	return (
		<>
			<Heading title={words.title}>
				{may('grant.add') && loaded.value?.readers.some(mayRead) && (
					<button type="button" onClick={() => setAdding(true)}>
						{words.add}
					</button>
				)}
			</Heading>
			<p class="faint lead-line">{words.lead}</p>
			<Show loaded={loaded}>
				{({ grants, readers, owner }) => {
					const standing = grants.filter((one) => !isOver(one));
					const over = grants.filter(isOver);
					const unrecorded = standing.filter((one) => one.unrecorded === true).length;
					return (
						<>
							{grants.length === 0 ? (
								<Empty title={words.none}>
									<p>{words.noneHelp}</p>
									<pre>
										{'keyward reader expect NAME --application APPLICATION --out NAME.commissioning\n'}
										{'keyward grant NAME --application APPLICATION --stream STREAM --purpose PURPOSE'}
									</pre>
								</Empty>
							) : (
								<section class="card">
									<h2>{words.standing}</h2>
									{unrecorded > 0 && <p class="low-text">{words.unrecordedHelp(unrecorded)}</p>}
									<Table grants={standing} ask={may('grant.end') ? setEnding : null} />
									{over.length > 0 && (
										<details class="beyond">
											<summary>{words.over(over.length)}</summary>
											<Table grants={over} ask={null} />
										</details>
									)}
								</section>
							)}
							<div class="two">
								<Readers readers={readers} />
								<Rosters owner={owner} />
							</div>
						</>
					);
				}}
			</Show>
			{ending && (
				<Dialog
					title={words.endTitle(ending.reader, whatOf(ending))}
					help={words.endHelp}
					action={words.end}
					danger
					act={async () => {
						await call('grant.end', { id: ending.id });
						again();
					}}
					close={() => setEnding(null)}
				/>
			)}
			{adding && loaded.value && (
				<GrantDialog readers={loaded.value.readers} close={() => setAdding(false)} done={again} />
			)}
		</>
	);
};

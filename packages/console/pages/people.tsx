import { useState } from 'preact/hooks';
import { type Answer, call } from '../base/api.ts';
import { useKept } from '../base/kept.ts';
import { useLoad } from '../base/load.ts';
import { may, self } from '../base/session.ts';
import { Approvals } from '../parts/approvals.tsx';
import { Heading, Moment, Problem, Show, Tag } from '../parts/common.tsx';
import { InviteDialog, RemoveDialog, RoleDialog } from '../parts/people-dialogs.tsx';
import { texts } from '../texts/index.ts';

const words = texts.people;
type Person = Answer<'person.list'>['people'][number];

const load = async (background: boolean) => {
	const [people, sessions] = await Promise.all([
		call('person.list', {}, background),
		call('session.list', {}, background),
	]);
	return { ...people, sessions };
};

type Question = { readonly what: 'invite' } | { readonly what: 'role' | 'remove'; readonly person: Person };

const Rows = ({ people, ask }: { people: readonly Person[]; ask: (question: Question) => void }) => (
	<div class="wide stacks" tabIndex={0} role="group" aria-label={words.title}>
		<table>
			<thead>
				<tr>
					{[words.person, words.role, words.passkeys, words.since, words.lastSignIn].map((text) => (
						<th key={text} scope="col">
							{text}
						</th>
					))}
					<th scope="col">
						<span class="visually-hidden">{words.change}</span>
					</th>
				</tr>
			</thead>
			<tbody>
				{people.map((one) => (
					<tr key={one.person}>
						<td>
							<b>{one.person}</b> {one.person === self.value?.person && <Tag>{words.you}</Tag>}
						</td>
						<td data-label={words.role} title={words.roles[one.role]}>
							{one.role}
						</td>
						<td data-label={words.passkeys}>{words.held(one.passkeys, one.hardware)}</td>
						<td data-label={words.since}>
							<Moment at={one.since} />
						</td>
						<td data-label={words.lastSignIn}>
							<Moment at={one.lastSignIn} />
						</td>
						<td class="number">
							{may('person.role') && (
								<button type="button" class="quiet small" onClick={() => ask({ what: 'role', person: one })}>
									{words.change}
								</button>
							)}{' '}
							{may('person.remove') && (
								<button type="button" class="quiet small" onClick={() => ask({ what: 'remove', person: one })}>
									{words.remove}
								</button>
							)}
						</td>
					</tr>
				))}
			</tbody>
		</table>
	</div>
);

const Sessions = ({ sessions, again }: { sessions: Answer<'session.list'>; again: () => void }) => {
	const [error, setError] = useState<unknown>(null);
	const end = async (number: number): Promise<void> => {
		setError(null);
		try {
			await call('session.end', { number });
			again();
		} catch (caught) {
			setError(caught);
		}
	};
	return (
		<section class="card">
			<h2>{words.sessions}</h2>
			{error !== null && <Problem error={error} />}
			{sessions.length === 0 ? (
				<p class="faint">{words.noSessions}</p>
			) : (
				<div class="wide stacks" tabIndex={0} role="group" aria-label={words.sessions}>
					<table>
						<thead>
							<tr>
								{[words.person, words.state, words.from, words.opened, words.seen, words.ends].map((text) => (
									<th key={text} scope="col">
										{text}
									</th>
								))}
								<th scope="col">
									<span class="visually-hidden">{words.end}</span>
								</th>
							</tr>
						</thead>
						<tbody>
							{sessions.map((one) => (
								<tr key={one.number}>
									<td>
										{one.person} <span class="faint">{one.role}</span>
									</td>
									<td>
										<Tag tone={one.locked ? 'plain' : 'good'}>{one.locked ? words.locked : words.open}</Tag>
									</td>
									<td class="mono" data-label={words.from}>
										{one.from} <span class="faint">{one.browser}</span>
									</td>
									<td data-label={words.opened}>
										<Moment at={one.opened} />
									</td>
									<td data-label={words.seen}>
										<Moment at={one.seen} />
									</td>
									<td data-label={words.ends}>
										<Moment at={one.ends} />
									</td>
									<td class="number">
										{may('session.end') && (
											<button type="button" class="quiet small" onClick={() => void end(one.number)}>
												{words.end}
											</button>
										)}
									</td>
								</tr>
							))}
						</tbody>
					</table>
				</div>
			)}
		</section>
	);
};

export const People = () => {
	const loaded = useLoad('people', load, 5000);
	const [question, ask] = useKept<Question | null>('dialog', null);
	const close = (): void => ask(null);
	const again = (): void => void loaded.again();
	return (
		<>
			<Heading title={words.title}>
				{may('person.invite') && (
					<button type="button" id="invite" onClick={() => ask({ what: 'invite' })}>
						{words.invite}
					</button>
				)}
			</Heading>
			{may('approval.list') && <Approvals />}
			<Show loaded={loaded}>
				{({ people, invited, sessions }) => (
					<>
						<section class="card">
							<Rows people={people} ask={ask} />
							{invited.length > 0 && (
								<>
									<h2>{words.invited}</h2>
									<ul class="feed">
										{invited.map((one) => (
											<li key={one.person}>
												<b>{one.person}</b> {one.role}
												<span class="faint">
													{words.expires} <Moment at={one.expires} />
												</span>
											</li>
										))}
									</ul>
								</>
							)}
						</section>
						<Sessions sessions={sessions} again={again} />
					</>
				)}
			</Show>
			{question?.what === 'invite' && <InviteDialog close={close} done={again} />}
			{question?.what === 'role' && <RoleDialog person={question.person} close={close} done={again} />}
			{question?.what === 'remove' && <RemoveDialog person={question.person.person} close={close} done={again} />}
		</>
	);
};

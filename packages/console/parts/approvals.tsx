import { useState } from 'preact/hooks';
import { type Answer, call } from '../base/api.ts';
import { useLoad } from '../base/load.ts';
import { may, self } from '../base/session.ts';
import { recorded, rightsIn } from '../base/words.ts';
import { texts } from '../texts/index.ts';
import { Moment, Problem, Tag } from './common.tsx';

const words = texts.approvals;
type Request = Answer<'approval.list'>['requests'][number];

/** As a person reads it: names and values. */
const Input = ({ text }: { text: string }) => {
	const fields = Object.entries(JSON.parse(text) as object);
	if (fields.length === 0) return null;
	return (
		<pre>
			{fields
				.map(([name, value]) => `${name}: ${typeof value === 'string' ? value : recorded(name, JSON.stringify(value))}`)
				.join('\n')}
		</pre>
	);
};

/** CR 2.1: what an approval gives stands before what was typed. */
const Rights = ({ rights }: Pick<Request, 'rights'>) =>
	rights === null ? (
		<p class="low-text">{words.tooLong}</p>
	) : rights.length === 0 ? null : (
		<ul class="feed" aria-label={words.rights}>
			{rights.flatMap(rightsIn).map((right) => (
				<li key={right}>{right}</li>
			))}
		</ul>
	);

const Item = ({ request, decided }: { request: Request; decided: () => Promise<void> }) => {
	const [error, setError] = useState<unknown>(null);
	const [busy, setBusy] = useState(false);
	const own = request.asks === `person ${self.value?.person ?? ''}`;
	const decide = async (approve: boolean): Promise<void> => {
		setBusy(true);
		setError(null);
		try {
			await call('approval.decide', { number: request.number, approve });
			await decided();
		} catch (caught) {
			setError(caught);
		} finally {
			setBusy(false);
		}
	};
	return (
		<li class="request">
			<p>
				<b>{request.asks}</b> {words.asksFor} <code>{request.operation}</code>, <Moment at={request.at} />{' '}
				{request.approvedBy !== null && <Tag tone="good">{words.approvedBy(request.approvedBy)}</Tag>}
			</p>
			<Rights rights={request.rights} />
			<Input text={request.input} />
			{error !== null && <Problem error={error} />}
			{own && request.approvedBy === null && <p class="faint">{words.yours}</p>}
			{!own && request.approvedBy === null && may('approval.decide') && (
				<p class="actions">
					<button
						type="button"
						disabled={busy}
						data-decide={`approve-${request.number}`}
						onClick={() => void decide(true)}
					>
						{words.approve}
					</button>
					<button
						type="button"
						class="quiet"
						disabled={busy}
						data-decide={`deny-${request.number}`}
						onClick={() => void decide(false)}
					>
						{words.deny}
					</button>
				</p>
			)}
		</li>
	);
};

/** What waits for a second person; nothing when nothing does. */
export const Approvals = () => {
	const { value, again } = useLoad('approvals', (background) => call('approval.list', {}, background), 3000);
	if (value === null || value.requests.length + value.overrides.length === 0) return null;
	return (
		<section class="card attention" aria-label={words.title}>
			{value.requests.length > 0 && <h2>{words.title}</h2>}
			{value.overrides.map(({ who, until, reason }) => (
				<p key={who}>
					<Tag tone="short">{words.override}</Tag> {who}: {reason} ({words.ends} <Moment at={until} />)
				</p>
			))}
			{value.requests.length > 0 && (
				<ul id="requests" class="weaknesses">
					{value.requests.map((request) => (
						<Item key={request.number} request={request} decided={again} />
					))}
				</ul>
			)}
		</section>
	);
};

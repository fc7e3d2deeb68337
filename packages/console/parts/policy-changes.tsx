import { comparePolicies, type Policy, printParameter } from '@keyward/core/policy';
import type { Answer } from '../base/api.ts';
import { deviceAddress } from '../base/route.ts';
import { rightsIn } from '../base/words.ts';
import { texts } from '../texts/index.ts';
import { A, Tag } from './common.tsx';
import { Table } from './table.tsx';

const words = texts.policy;

const More = ({ count }: { count: number }) => (count > 0 ? <li class="faint">{words.more(count)}</li> : null);

/** Whom it would cut, as the site judges them at this moment. */
const Cut = ({ compared }: { compared: Answer<'policy.compare'> }) => {
	const { application, epoch, cut, narrowed, live, sessions, lost, grants, rights, warnings } = compared;
	return (
		<>
			<p class={cut + narrowed > 0 ? 'low-text' : ''} role="status" id="would-cut">
				{epoch === 0 ? words.fresh : words.cut(cut, narrowed, live)}
			</p>
			{sessions.length > 0 && (
				<ul class="feed">
					{sessions.map((one) => (
						<li key={`${one.kind} ${one.id}`}>
							{one.kind === 'device' ? <A to={deviceAddress(application, one.id)}>{one.id}</A> : <b>{one.id}</b>}{' '}
							{one.essential && <Tag tone="short">{words.essential}</Tag>} {one.reason}{' '}
							<span class="mono faint">{one.requirement}</span>
						</li>
					))}
					<More count={cut + narrowed - sessions.length} />
				</ul>
			)}
			{lost > 0 && (
				<>
					<p class="low-text">{words.lost(lost)}</p>
					<ul class="feed">
						{grants.map(({ reader, device, stream }) => (
							<li key={`${reader} ${device} ${stream}`}>
								<b>{reader}</b> {device === '*' ? texts.grants.every : device}/{stream}
							</li>
						))}
						<More count={lost - grants.length} />
					</ul>
				</>
			)}
			{rights.length > 0 && (
				<ul class="feed" id="rights">
					{rights.flatMap(rightsIn).map((right) => (
						<li key={right}>{right}</li>
					))}
				</ul>
			)}
			{warnings.map((text) => (
				<p key={text} class="low-text">
					{text}
				</p>
			))}
		</>
	);
};

/** What another text would change: requirement by requirement, and whom. */
export const Changes = ({
	before,
	after,
	compared,
}: {
	before: Policy | null;
	after: Policy;
	compared: Answer<'policy.compare'> | null;
}) => {
	const changes = before === null ? [] : comparePolicies(before, after);
	return (
		<section class="card" aria-live="polite">
			<h2>{words.changes}</h2>
			{changes.length === 0 ? (
				<p class="faint">{words.noChanges}</p>
			) : (
				<Table label={words.changes} head={[words.requirement, words.now, words.afterwards, '']}>
					{changes.map(({ requirement, before: was, after: is, direction }) => (
						<tr key={requirement}>
							<td class="mono">{requirement}</td>
							<td>{printParameter(requirement, was)}</td>
							<td>{printParameter(requirement, is)}</td>
							<td>
								<Tag tone={direction === 'stricter' ? 'good' : 'short'}>{words.direction[direction]}</Tag>
							</td>
						</tr>
					))}
				</Table>
			)}
			{compared === null ? <p class="faint">{words.comparing}</p> : <Cut compared={compared} />}
		</section>
	);
};

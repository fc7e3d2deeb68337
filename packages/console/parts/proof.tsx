import { useEffect, useState } from 'preact/hooks';
import { Refused } from '../base/api.ts';
import { type Asked, prove, remember } from '../base/proof.ts';
import { save } from '../base/save.ts';
import { recorded, when } from '../base/words.ts';
import { texts } from '../texts/index.ts';
import { Problem, Tag } from './common.tsx';

const words = texts.ledger;
type Proven = Awaited<ReturnType<typeof prove>>;

const growthOf = ({ before, size, otherKey }: Proven): string =>
	before === null || otherKey
		? words.first
		: before.size === size
			? words.same
			: words.from(before.size, when(before.at));

const Facts = ({ proven }: { proven: Proven }) => (
	<dl class="facts">
		<div>
			<dt>{proven.leaf === null ? words.leaves : words.leaf}</dt>
			<dd>{proven.leaf === null ? proven.size : words.leafOf(proven.leaf + 1, proven.size)}</dd>
		</div>
		<div>
			<dt>{words.grew}</dt>
			<dd>{growthOf(proven)}</dd>
		</div>
		<div>
			<dt>{words.key}</dt>
			<dd class="mono">{proven.keyId}</dd>
		</div>
	</dl>
);

const Broken = ({ proven }: { proven: Proven }) => (
	<div class="problem" role="alert">
		<p>{words.why(proven.refused ?? '')}</p>
		<p>{proven.fork ? words.fork : words.whatNow}</p>
		{proven.fork && proven.before !== null && (
			<button
				type="button"
				class="quiet"
				onClick={() =>
					save(`${proven.ledger}-two-histories.txt`, 'text/plain', [proven.before?.note ?? '', '\n', proven.note])
				}
			>
				{words.save}
			</button>
		)}
	</div>
);

/** A proof that this browser checks: of a ledger, or of one entry in it. It is asked for when it is drawn. */
export const Proof = ({ application, entry, title }: Asked & { title: string }) => {
	const [proven, setProven] = useState<Proven | null>(null);
	const [error, setError] = useState<unknown>(null);
	const check = async (): Promise<void> => {
		setError(null);
		setProven(null);
		try {
			setProven(
				await prove({ ...(application !== undefined && { application }), ...(entry !== undefined && { entry }) }),
			);
		} catch (caught) {
			setError(caught);
		}
	};
	useEffect(() => void check(), [application, entry?.kind, entry?.number]);
	const believe = (): void => {
		if (proven?.saw) remember(application ?? '_registry', proven.saw);
		void check();
	};
	const empty = error instanceof Refused && error.code === 'no-such-thing';
	return (
		<section class="card" data-proof={application ?? '_registry'}>
			<div class="weakness-head">
				<h2>{title}</h2>
				{proven !== null && (
					<Tag tone={proven.refused !== null ? 'bad' : proven.otherKey ? 'short' : 'good'}>
						{proven.refused !== null ? words.fails : proven.otherKey ? words.other : words.holds}
					</Tag>
				)}
				{(proven !== null || empty) && (
					<button type="button" class="quiet" onClick={() => void check()}>
						{words.check}
					</button>
				)}
			</div>
			{proven === null && error === null && (
				<p class="faint" role="status">
					{words.checking}
				</p>
			)}
			{empty ? (
				<p class="faint">{words.none}</p>
			) : (
				error !== null && <Problem error={error} again={() => void check()} />
			)}
			{proven !== null && proven.refused !== null && <Broken proven={proven} />}
			{proven !== null && proven.refused === null && (
				<>
					<Facts proven={proven} />
					{proven.otherKey && (
						<div class="problem" role="alert">
							<p>{words.otherKey}</p>
							<button type="button" class="quiet" onClick={believe}>
								{words.believe}
							</button>
						</div>
					)}
					{proven.entry !== null && (
						<>
							<h3>{words.content}</h3>
							<dl class="facts">
								{proven.entry.map(([name, value]) => (
									<div key={name}>
										<dt>{name}</dt>
										<dd class="mono" title={value}>
											{recorded(name, value)}
										</dd>
									</div>
								))}
							</dl>
						</>
					)}
				</>
			)}
		</section>
	);
};

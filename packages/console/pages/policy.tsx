import { type DocumentFinding, type Policy, readPolicy } from '@keyward/core/policy';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type Answer, call } from '../base/api.ts';
import { drafts, keepDraft } from '../base/draft.ts';
import { useLoad } from '../base/load.ts';
import { go, parameter, withQuery } from '../base/route.ts';
import { may } from '../base/session.ts';
import { Empty, Heading, Moment, Problem, Show } from '../parts/common.tsx';
import { Dialog, Field } from '../parts/dialog.tsx';
import { Changes } from '../parts/policy-changes.tsx';
import { Expansion } from '../parts/policy-expansion.tsx';
import { rightsIn } from '../base/words.ts';
import { texts } from '../texts/index.ts';

const words = texts.policy;
type Epoch = Answer<'policy.list'>[number];

/** Typing has come to rest: then the site is asked what it would cut. */
const REST = 500;

const findingsOf = (text: string): readonly DocumentFinding[] => {
	const read = readPolicy(text);
	return 'policy' in read ? [] : read.findings;
};

const policyOf = (text: string): Policy | null => {
	const read = readPolicy(text);
	return 'policy' in read ? read.policy : null;
};

/** Puts the cursor where a finding is. */
const reveal = (area: HTMLTextAreaElement | null, { line, column }: DocumentFinding): void => {
	if (area === null) return;
	const before = area.value.split('\n').slice(0, line - 1);
	const at = before.reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
	area.focus();
	area.setSelectionRange(at, at);
	area.scrollTop = Math.max(0, (line - 4) * (area.scrollHeight / Math.max(1, area.value.split('\n').length)));
};

const Findings = ({
	findings,
	area,
}: {
	findings: readonly DocumentFinding[];
	area: { readonly current: HTMLTextAreaElement | null };
}) => (
	<div class="problem" role="alert">
		<p>
			<b>{words.findings(findings.length)}</b>
		</p>
		<ul>
			{findings.map((one) => (
				<li key={`${one.line} ${one.column} ${one.message}`}>
					<button type="button" class="quiet small" onClick={() => reveal(area.current, one)}>
						{words.place(one.line, one.column)}
					</button>{' '}
					{one.message}
				</li>
			))}
		</ul>
	</div>
);

/** What the site says that the text would cut; null until it has said so of this text. */
const useCompared = (text: string | null) => {
	const [state, setState] = useState<{
		readonly text: string | null;
		readonly compared: Answer<'policy.compare'> | null;
		readonly error: unknown;
	}>({ text: null, compared: null, error: null });
	useEffect(() => {
		if (text === null) return undefined;
		let over = false;
		const ask = async (): Promise<void> => {
			try {
				const compared = await call('policy.compare', { text });
				if (!over) setState({ text, compared, error: null });
			} catch (error) {
				if (!over) setState({ text, compared: null, error });
			}
		};
		const timer = setTimeout(() => void ask(), REST);
		return () => {
			over = true;
			clearTimeout(timer);
		};
	}, [text]);
	return state.text === text ? state : { compared: null, error: null };
};

const Editor = ({
	epoch,
	again,
	tell,
}: {
	epoch: Epoch | null;
	again: () => Promise<void>;
	/** What was applied, until something is typed. */
	tell: (done: string) => void;
}) => {
	const application = epoch?.application ?? '';
	const inForce = epoch?.text ?? words.example;
	const text = drafts.value.get(application) ?? inForce;
	const area = useRef<HTMLTextAreaElement>(null);
	const [asks, ask] = useState(false);
	const findings = useMemo(() => findingsOf(text), [text]);
	const policy = useMemo(() => policyOf(text), [text]);
	const before = useMemo(() => (epoch === null ? null : policyOf(epoch.text)), [epoch?.text]);
	const changed = epoch === null || text !== inForce;
	const { compared, error } = useCompared(policy !== null && changed && may('policy.compare') ? text : null);
	const apply = async (): Promise<void> => {
		const applied = await call('policy.apply', { text });
		tell(words.applied(applied.application, applied.epoch, applied.cut));
		keepDraft(application, null);
		await again();
		go(withQuery({ app: applied.application }), true);
	};
	return (
		<>
			<section class="card editor">
				<Field label={words.text}>
					<textarea
						ref={area}
						id="policy-text"
						class="mono"
						rows={Math.min(36, Math.max(14, text.split('\n').length + 1))}
						spellcheck={false}
						autocomplete="off"
						wrap="off"
						readOnly={!may('policy.apply')}
						value={text}
						onInput={(event) => {
							const { value } = event.currentTarget;
							keepDraft(application, value === inForce ? null : value);
							tell('');
						}}
					/>
				</Field>
				{findings.length > 0 ? (
					<Findings findings={findings} area={area} />
				) : (
					<p class="faint" role="status">
						{changed ? `${words.good} ${words.keep}` : words.unchanged}{' '}
						{epoch !== null && (
							<>
								{words.inForce(epoch.epoch)} <Moment at={epoch.at} />
							</>
						)}
					</p>
				)}
				{may('policy.apply') && (
					<p class="actions">
						<button
							type="button"
							id="apply"
							disabled={policy === null || !changed || (compared === null && error === null)}
							onClick={() => ask(true)}
						>
							{words.apply}
						</button>
						{epoch !== null && changed && (
							<button type="button" class="quiet" onClick={() => keepDraft(application, null)}>
								{words.revert}
							</button>
						)}
					</p>
				)}
			</section>
			{error !== null && <Problem error={error} />}
			{changed && policy !== null && may('policy.compare') && (
				<Changes before={before} after={policy} compared={compared} />
			)}
			{policy !== null && <Expansion policy={policy} />}
			{asks && policy !== null && (
				<Dialog
					title={words.applyTitle(policy.application)}
					help={[
						words.applyHelp,
						...(compared === null || compared.epoch === 0
							? []
							: [words.cut(compared.cut, compared.narrowed, compared.live)]),
						...(compared?.rights ?? []).flatMap(rightsIn),
					].join(' ')}
					action={words.apply}
					danger={(compared?.cut ?? 0) > 0}
					act={apply}
					close={() => ask(false)}
				/>
			)}
		</>
	);
};

const PolicyPage = () => {
	const loaded = useLoad('policies', (background) => call('policy.list', {}, background), 10_000);
	const asked = parameter('app');
	// Here, as a new application's editor is another one once it is applied.
	const [done, tell] = useState('');
	return (
		<>
			<Heading title={words.title} />
			<p class="faint lead-line">{words.lead}</p>
			<Show loaded={loaded}>
				{(epochs) => {
					const epoch = asked === '+' ? null : (epochs.find((one) => one.application === asked) ?? epochs[0] ?? null);
					return (
						<>
							{epochs.length === 0 ? (
								<Empty title={words.none}>
									<p>{words.noneHelp}</p>
								</Empty>
							) : (
								<form class="filters" onSubmit={(event) => event.preventDefault()}>
									<Field label={words.application}>
										<select
											value={epoch?.application ?? '+'}
											onChange={(event) => go(withQuery({ app: event.currentTarget.value }), true)}
										>
											{epochs.map(({ application }) => (
												<option key={application} value={application}>
													{application}
												</option>
											))}
											{may('policy.apply') && <option value="+">{words.newOne}</option>}
										</select>
									</Field>
								</form>
							)}
							{done !== '' && (
								<p class="done" role="status">
									{done}
								</p>
							)}
							<Editor key={epoch?.application ?? '+'} epoch={epoch} again={loaded.again} tell={tell} />
						</>
					);
				}}
			</Show>
		</>
	);
};

export default PolicyPage;

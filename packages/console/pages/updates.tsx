import { type Answer, call } from '../base/api.ts';
import { useKept } from '../base/kept.ts';
import { useLoad } from '../base/load.ts';
import { may } from '../base/session.ts';
import { Reason } from '../parts/device-actions.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Empty, Heading, Moment, Show, Tag } from '../parts/common.tsx';
import { texts } from '../texts/index.ts';

const words = texts.updates;
type Rollout = Answer<'rollout.list'>[number];
type Verb = 'pause' | 'resume' | 'stop';

const load = async (background: boolean) => {
	const { applications } = await call('site.status', {}, background);
	const [releases, advisories, ...rollouts] = await Promise.all([
		call('release.list', {}, background),
		call('advisory.list', {}, background),
		...applications.map(({ application }) => call('rollout.list', { application }, background)),
	]);
	return { releases, advisories, rollouts: rollouts.flat().toReversed() };
};

const stages = ['well', 'installed', 'offered', 'waiting', 'newer', 'failed'] as const;

const Ring = ({ ring, name }: { ring: Rollout['rings'][number]; name: string }) => {
	const all = stages.reduce((sum, stage) => sum + ring[stage], 0);
	const told = stages
		.filter((stage) => ring[stage] > 0)
		.map((stage) => `${ring[stage]} ${words.stages[stage]}`)
		.join(', ');
	return (
		<li>
			<span>{name}</span>
			<span class="stages" role="img" aria-label={told === '' ? '0' : told}>
				{stages.map(
					(stage) => ring[stage] > 0 && <i key={stage} class={stage} style={{ flexGrow: ring[stage] / all }} />,
				)}
			</span>
			<span class="faint">{told}</span>
		</li>
	);
};

const RolloutCard = ({ rollout, ask }: { rollout: Rollout; ask: (verb: Verb) => void }) => {
	const { state } = rollout;
	const goes = state === 'running';
	return (
		<section class="card" aria-label={rollout.version}>
			<div class="weakness-head">
				<h3>{rollout.version}</h3>
				<span>{rollout.application}</span>
				<Tag tone={state === 'halted' ? 'bad' : goes || state === 'complete' ? 'good' : 'short'}>{state}</Tag>
				<span class="faint">
					<Moment at={rollout.started} />
				</span>
				<span class="actions push">
					{goes && may('rollout.pause') && (
						<button type="button" class="quiet small" onClick={() => ask('pause')}>
							{words.pause}
						</button>
					)}
					{(state === 'paused' || state === 'halted') && may('rollout.resume') && (
						<button type="button" class="small" onClick={() => ask('resume')}>
							{words.resume}
						</button>
					)}
					{state !== 'stopped' && state !== 'complete' && may('rollout.stop') && (
						<button type="button" class="quiet small" onClick={() => ask('stop')}>
							{words.stop}
						</button>
					)}
				</span>
			</div>
			{rollout.reason !== null && <p class={state === 'halted' ? 'low-text' : ''}>{rollout.reason}</p>}
			<ol class="rings">
				{rollout.rings.map((ring, index) => (
					<Ring
						key={index}
						ring={ring}
						name={index === rollout.rings.length - 1 ? words.others : words.ring(index + 1)}
					/>
				))}
			</ol>
		</section>
	);
};

const Advisories = ({ advisories }: { advisories: Answer<'advisory.list'> }) => (
	<section class="card">
		<h2>{words.advisories}</h2>
		{advisories.documents === 0 ? (
			<p class="faint">{words.noAdvisories}</p>
		) : (
			<>
				{advisories.vulnerabilities.length === 0 && <p>{words.notExposed(advisories.documents)}</p>}
				<ul class="feed">
					{advisories.vulnerabilities.map((one) => (
						<li key={`${one.application}/${one.class}/${one.vulnerability}/${one.component}`}>
							<b>{one.vulnerability}</b>
							<Tag tone={one.status === 'cannot-tell' || one.status === 'affected' ? 'bad' : 'plain'}>{one.status}</Tag>
							<span class="mono">{one.component}</span>
							<span>
								{one.application}, {one.class}: {words.devices(one.devices.length)},{' '}
								{one.mending.length > 0 ? words.mending(one.mending.join(', ')) : words.noMending}
							</span>
							<span>{one.summary}</span>
							{one.deadline !== null && (
								<span class={one.deadline < Date.now() ? 'low-text' : 'faint'}>
									{words.deadline} <Moment at={one.deadline} />
								</span>
							)}
						</li>
					))}
				</ul>
			</>
		)}
		{advisories.untold.length > 0 && <p class="faint hint">{words.untold(advisories.untold.length)}</p>}
	</section>
);

const Releases = ({ releases }: { releases: Answer<'release.list'> }) => (
	<section class="card">
		<h2>{words.releases}</h2>
		{releases.length === 0 ? (
			<p class="faint">{words.noReleases}</p>
		) : (
			<ul class="feed">
				{releases.map((one) => (
					<li key={`${one.application}/${one.class}/${one.release}`}>
						<b>{one.release}</b> {one.application}, {one.class}
						<span class="faint">
							{words.floor(one.securityFloor)}
							{one.supportUntil !== null && `, ${words.support(one.supportUntil)}`}
						</span>
					</li>
				))}
			</ul>
		)}
	</section>
);

export const Updates = () => {
	const loaded = useLoad('updates', load, 5000);
	const [question, ask] = useKept<{ verb: Verb; rollout: Rollout } | null>('dialog', null);
	const [reason, setReason] = useKept('reason', '');
	const act = async (): Promise<void> => {
		if (question === null) return;
		const { id } = question.rollout;
		if (question.verb === 'resume') await call('rollout.resume', { id });
		else await call(`rollout.${question.verb}`, { id, reason });
		await loaded.again();
	};
	const help = { pause: words.pauseHelp, resume: words.resumeHelp, stop: words.stopHelp };
	return (
		<>
			<Heading title={words.title} />
			<Show loaded={loaded}>
				{({ releases, advisories, rollouts }) => (
					<>
						{rollouts.length === 0 ? (
							<Empty title={words.noRollouts}>
								<p>{words.noRolloutsHelp}</p>
								<pre>{words.start}</pre>
							</Empty>
						) : (
							rollouts.map((one) => (
								<RolloutCard key={one.id} rollout={one} ask={(verb) => ask({ verb, rollout: one })} />
							))
						)}
						<div class="two spaced">
							<Advisories advisories={advisories} />
							<Releases releases={releases} />
						</div>
					</>
				)}
			</Show>
			{question && (
				<Dialog
					title={words.about(words[question.verb], question.rollout.version)}
					help={help[question.verb]}
					action={words[question.verb]}
					danger={question.verb === 'stop'}
					act={act}
					close={() => {
						ask(null);
						setReason('');
					}}
				>
					{question.verb !== 'resume' && <Reason value={reason} set={setReason} />}
				</Dialog>
			)}
		</>
	);
};

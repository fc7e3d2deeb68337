import { useState } from 'preact/hooks';
import { type Answer, call } from '../base/api.ts';
import { useKept } from '../base/kept.ts';
import { useLoad } from '../base/load.ts';
import { may } from '../base/session.ts';
import { A, Heading, Moment, Show, stateTone, Tag } from '../parts/common.tsx';
import { Certificates, Findings, Keys, Refusals } from '../parts/device-evidence.tsx';
import { ContainDialog, QuarantineDialog, ReleaseDialog } from '../parts/device-actions.tsx';
import { Life } from '../parts/device-life.tsx';
import { Streams } from '../parts/device-streams.tsx';
import { texts } from '../texts/index.ts';

const words = texts.device;
export type Device = Answer<'device.show'>;

const load = (application: string, device: string) => async (background: boolean) => {
	const [shown, incidents, actions, commands] = await Promise.all([
		call('device.show', { application, device }, background),
		may('incident.list') ? call('incident.list', { application, device }, background) : [],
		may('audit.list') ? call('audit.list', { application, limit: 1000 }, background) : [],
		may('command.list') ? call('command.list', { application, device }, background) : [],
	]);
	const own = actions.filter(({ input }) => input['device'] === device || input['id'] === device);
	return { shown, incidents, actions: own, commands };
};

type Loaded = Awaited<ReturnType<ReturnType<typeof load>>>;

/** When its open incidents began; null where there is none. */
const firstSign = ({ incidents }: Loaded): number | null => {
	const signs = incidents.filter(({ closed }) => closed === null).map(({ opened }) => opened);
	return signs.length === 0 ? null : Math.min(...signs);
};

/** From when on what it sent is marked as tainted, by the containment that keeps it out; null: none does. */
const containedSince = ({ shown, incidents }: Loaded): number | null =>
	shown.state === 'retired'
		? (incidents.findLast(({ containment }) => containment !== null)?.containment?.since ?? null)
		: null;

type Question = 'contain' | 'quarantine' | 'release' | null;

const Summary = ({ device }: { device: Device }) => (
	<dl class="facts card">
		<div>
			<dt>{texts.fleet.columns.state}</dt>
			<dd>
				<Tag tone={stateTone(device.state)}>{device.state}</Tag> <Moment at={device.at} />
			</dd>
		</div>
		<div>
			<dt>{words.key}</dt>
			<dd>
				{device.evidence === null ? (
					device.certificates.length === 0 ? (
						words.noKey
					) : (
						words.keyRevoked
					)
				) : (
					<>
						{device.evidence.custody}, {device.evidence.proof}
						{device.evidence.manufacturer !== null && `, ${device.evidence.manufacturer}`}{' '}
						{device.evidence.emulated && <Tag tone="short">{texts.fleet.emulated}</Tag>}
					</>
				)}
			</dd>
		</div>
		<div>
			<dt>{words.certificate}</dt>
			<dd>{device.certificateUntil === null ? texts.fleet.never : <Moment at={device.certificateUntil} />}</dd>
		</div>
		<div>
			<dt>{words.class}</dt>
			<dd>{device.class ?? '–'}</dd>
		</div>
		<div>
			<dt>{words.part}</dt>
			<dd class="mono">{device.part ?? words.anyPart}</dd>
		</div>
	</dl>
);

const Commands = ({ commands }: { commands: Answer<'command.list'> }) => (
	<section class="card">
		<h2>{words.commands}</h2>
		{commands.length === 0 ? (
			<p class="faint">{words.noCommands}</p>
		) : (
			<ul class="feed">
				{commands.toReversed().map((one) => (
					<li key={one.id}>
						<Tag tone={one.state === 'delivered' ? 'good' : one.state === 'waiting' ? 'plain' : 'short'}>
							{one.state}
						</Tag>
						<span class="mono">{one.id}</span> {one.contentType}
						<Moment at={one.at} />
					</li>
				))}
			</ul>
		)}
	</section>
);

/** Whose certificate counts, and so what can be kept out. */
const holding: readonly Device['state'][] = ['commissioned', 'active', 'renewing', 're-keyed'];

/** What may be asked of it where it stands now. */
const Actions = ({
	device,
	contained,
	ask,
}: {
	device: Device;
	contained: boolean;
	ask: (question: Question) => void;
}) => (
	<>
		{device.state === 'quarantined' && may('device.release') && (
			<button type="button" class="quiet" onClick={() => ask('release')}>
				{words.release}
			</button>
		)}
		{holding.includes(device.state) && may('device.quarantine') && (
			<button type="button" class="quiet" onClick={() => ask('quarantine')}>
				{words.quarantine}
			</button>
		)}
		{may('device.contain') && (
			<button
				type="button"
				class={contained ? 'quiet' : 'danger'}
				id={contained ? 'taint' : 'contain'}
				onClick={() => ask('contain')}
			>
				{contained ? words.taint : words.contain}
			</button>
		)}
	</>
);

export const DevicePage = ({ application, id }: { application: string; id: string }) => {
	const loaded = useLoad(`device ${application}/${id}`, load(application, id), 3000);
	const [question, ask] = useKept<Question>('dialog', null);
	const [done, setDone] = useState('');
	const finish = (said: string): void => {
		setDone(said);
		void loaded.again();
	};
	const close = (): void => ask(null);
	return (
		<>
			<p class="crumbs">
				<A to={`/fleet?app=${encodeURIComponent(application)}`}>{application}</A>
			</p>
			<Heading title={id}>
				{loaded.value && (
					<p class="actions">
						<Tag tone={loaded.value.shown.connected ? 'good' : 'plain'}>
							{loaded.value.shown.connected ? words.connected : words.away}
						</Tag>
						<Actions device={loaded.value.shown} contained={containedSince(loaded.value) !== null} ask={ask} />
					</p>
				)}
			</Heading>
			{done !== '' && (
				<p class="done" role="status">
					{done}
				</p>
			)}
			<Show loaded={loaded}>
				{({ shown, incidents, actions, commands }) => (
					<>
						<Summary device={shown} />
						<Findings device={shown} />
						<Streams device={shown} />
						<div class="two">
							<Life device={shown} incidents={incidents} actions={actions} />
							<div>
								<Refusals device={shown} />
								{may('command.list') && <Commands commands={commands} />}
							</div>
						</div>
						<Certificates device={shown} />
						<Keys device={shown} />
					</>
				)}
			</Show>
			{question === 'contain' && loaded.value && (
				<ContainDialog
					{...{ application, id, close, done: finish }}
					contained={containedSince(loaded.value)}
					sign={firstSign(loaded.value)}
					silences={loaded.value.shown.silences}
				/>
			)}
			{question === 'quarantine' && <QuarantineDialog application={application} id={id} close={close} done={finish} />}
			{question === 'release' && <ReleaseDialog application={application} id={id} close={close} done={finish} />}
		</>
	);
};

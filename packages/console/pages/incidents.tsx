import { type Answer, call } from '../base/api.ts';
import { useKept } from '../base/kept.ts';
import { useLoad } from '../base/load.ts';
import { deviceAddress, go, parameter, withQuery } from '../base/route.ts';
import { may } from '../base/session.ts';
import { when } from '../base/words.ts';
import { Reason } from '../parts/device-actions.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { A, Empty, Heading, Moment, Show, Tag } from '../parts/common.tsx';
import { texts } from '../texts/index.ts';

const words = texts.incidents;
type Incident = Answer<'incident.show'>;

const Whose = ({ incident: { application, device } }: { incident: Pick<Incident, 'application' | 'device'> }) =>
	device === '' ? (
		<span>{words.ofService}</span>
	) : (
		<A to={deviceAddress(application, device)}>
			{application}/{device}
		</A>
	);

export const Incidents = () => {
	const all = parameter('all') === '1';
	const loaded = useLoad(
		`incidents ${all}`,
		(background) => call('incident.list', all ? {} : { open: true }, background),
		5000,
	);
	return (
		<>
			<Heading title={words.title}>
				<div class="switch" role="group" aria-label={words.title}>
					{[false, true].map((every) => (
						<button
							key={String(every)}
							type="button"
							class="quiet"
							aria-pressed={all === every}
							onClick={() => go(withQuery({ all: every ? '1' : null }))}
						>
							{every ? words.all : words.open}
						</button>
					))}
				</div>
			</Heading>
			<Show loaded={loaded}>
				{(incidents) =>
					incidents.length === 0 ? (
						<Empty title={all ? words.noneAtAll : words.none}>
							<p>{words.noneHelp}</p>
						</Empty>
					) : (
						<ul class="list">
							{incidents.map((one) => (
								<li key={one.number} class="card">
									<div class="weakness-head">
										<h2>
											<A to={`/incidents/${one.number}`}>{words.number(one.number)}</A>
										</h2>
										<Tag tone={one.closed === null ? 'bad' : 'plain'}>
											{one.closed === null ? words.isOpen : words.closed}
										</Tag>
										<span class="mono">{one.cause}</span>
										<Whose incident={one} />
									</div>
									<p>{one.reason}</p>
									<p class="faint">
										{texts.by(one.by)}, {words.times(one.times)}, <Moment at={one.last} />
									</p>
								</li>
							))}
						</ul>
					)
				}
			</Show>
		</>
	);
};

const Containment = ({ incident }: { incident: Incident }) => {
	const { containment } = incident;
	if (containment === null) return null;
	return (
		<section class="card">
			<h2>{words.containment}</h2>
			<p>{containment.reason}</p>
			<dl class="facts">
				<div>
					<dt>{words.contained}</dt>
					<dd>
						{texts.by(containment.by)}, <Moment at={containment.asked} />
					</dd>
				</div>
				<div>
					<dt>{words.taintedSince}</dt>
					<dd>{when(containment.since)}</dd>
				</div>
				{incident.rekey && (
					<div>
						<dt>{words.newKeys}</dt>
						<dd>{words.renewed(incident.rekey.renewed, incident.rekey.affected, incident.rekey.asked)}</dd>
					</div>
				)}
			</dl>
			{containment.took !== null && <p>{words.took(containment.took)}</p>}
			<div class="wide" tabIndex={0} role="group" aria-label={words.containment}>
				<table>
					<thead>
						<tr>
							<th scope="col">{words.steps}</th>
							<th scope="col">{words.result}</th>
							<th scope="col">{texts.audit.when}</th>
						</tr>
					</thead>
					<tbody>
						{containment.steps.map((one) => (
							<tr key={one.step}>
								<td>{one.step}</td>
								<td>{one.result}</td>
								<td>
									<Moment at={one.at} />
								</td>
							</tr>
						))}
					</tbody>
				</table>
			</div>
			{containment.tainted.length > 0 && (
				<>
					<h3>{words.tainted}</h3>
					<ul class="feed">
						{containment.tainted.map((one) => (
							<li key={one.id}>{words.span(one.stream, one.after + 1, one.to)}</li>
						))}
					</ul>
				</>
			)}
			{containment.awaits.length > 0 && (
				<>
					<h3>{words.awaits}</h3>
					<pre>{containment.awaits.join('\n')}</pre>
				</>
			)}
		</section>
	);
};

const Actions = ({ incident }: { incident: Incident }) => (
	<section class="card">
		<h2>{words.actions}</h2>
		{incident.actions.length === 0 ? (
			<p class="faint">{words.noActions}</p>
		) : (
			<ul class="feed">
				{incident.actions.map((one) => (
					<li key={one.number}>
						<span>
							<span class="mono">{one.operation}</span> {texts.by(one.who)}
							{one.reason !== null && `: ${one.reason}`}
						</span>
						{one.result !== 'done' && one.result !== null && <Tag tone="short">{one.result}</Tag>}
						<Moment at={one.at} />
					</li>
				))}
			</ul>
		)}
	</section>
);

export const IncidentPage = ({ number }: { number: number }) => {
	const loaded = useLoad(`incident ${number}`, (background) => call('incident.show', { number }, background), 5000);
	const [asks, ask] = useKept('close', false);
	const [reason, setReason] = useKept('close reason', '');
	const close = async (): Promise<void> => {
		await call('incident.close', { number, reason });
		await loaded.again();
	};
	return (
		<>
			<p class="crumbs">
				<A to="/incidents">{words.title}</A>
			</p>
			<Heading title={words.number(number)}>
				{loaded.value?.closed === null && may('incident.close') && (
					<button type="button" class="quiet" onClick={() => ask(true)}>
						{words.close}
					</button>
				)}
			</Heading>
			<Show loaded={loaded}>
				{(incident) => {
					const closer = incident.actions.findLast(
						(one) => one.operation === 'incident.close' && one.result === 'done',
					);
					return (
						<>
							{may('ledger.prove') && (
								<p class="above">
									<A to={`/ledger?incident=${number}`}>{texts.ledger.toLedger}</A>
								</p>
							)}
							<section class="card">
								<div class="weakness-head">
									<Tag tone={incident.closed === null ? 'bad' : 'plain'}>
										{incident.closed === null ? words.isOpen : `${words.closed}: ${incident.closed.reason}`}
									</Tag>
									<span class="mono">{incident.cause}</span>
									<Whose incident={incident} />
								</div>
								<p>{incident.reason}</p>
								<dl class="facts">
									<div>
										<dt>{words.opened}</dt>
										<dd>
											{texts.by(incident.by)}, <Moment at={incident.opened} />
										</dd>
									</div>
									{incident.times > 1 && (
										<div>
											<dt>{words.seen}</dt>
											<dd>
												{words.times(incident.times)}, <Moment at={incident.last} />
											</dd>
										</div>
									)}
									{incident.closed && (
										<div>
											<dt>{words.closedBy}</dt>
											<dd>
												{closer !== undefined && `${texts.by(closer.who)}, `}
												<Moment at={incident.closed.at} />
											</dd>
										</div>
									)}
								</dl>
								{incident.detector && (
									<dl class="facts">
										<div>
											<dt>{words.detector}</dt>
											<dd>
												{incident.detector.says} {incident.detector.proof && words.proof}
											</dd>
										</div>
										<div>
											<dt>{words.falseAlarms}</dt>
											<dd>{incident.detector.falseAlarms}</dd>
										</div>
									</dl>
								)}
							</section>
							<Containment incident={incident} />
							<Actions incident={incident} />
						</>
					);
				}}
			</Show>
			{asks && (
				<Dialog
					title={words.closeTitle(number)}
					help={words.closeHelp}
					action={words.close}
					act={close}
					close={() => {
						ask(false);
						setReason('');
					}}
				>
					<Reason value={reason} set={setReason} />
				</Dialog>
			)}
		</>
	);
};

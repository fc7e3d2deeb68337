import { call } from '../base/api.ts';
import { useLoad } from '../base/load.ts';
import { may } from '../base/session.ts';
import { texts } from '../texts/index.ts';
import { A, Moment, Show, Tag } from './common.tsx';

const words = texts.overview;
const DAY = 86_400_000;
const SHOWN = 8;

const load = async (background: boolean) => {
	const since = Date.now() - DAY;
	const [levels, audit, incidents] = await Promise.all([
		may('posture.changes') ? call('posture.changes', { since, limit: SHOWN }, background) : [],
		may('audit.list') ? call('audit.list', { since, limit: SHOWN }, background) : [],
		may('incident.list') ? call('incident.list', { open: true }, background) : [],
	]);
	return {
		levels: levels.filter(({ from, held }) => from !== null && from.held !== held).toReversed(),
		audit,
		incidents,
	};
};

/** What is new since yesterday. */
export const Changes = () => {
	const loaded = useLoad('changes', load, 10_000);
	return (
		<aside class="aside" aria-label={words.changed}>
			<h2>{words.changed}</h2>
			<Show loaded={loaded}>
				{({ levels, audit, incidents }) => (
					<>
						{levels.length === 0 && incidents.length === 0 && audit.length === 0 && (
							<p class="faint">{words.nothingChanged}</p>
						)}
						<ul class="feed">
							{incidents.slice(0, SHOWN).map((incident) => (
								<li key={incident.number}>
									<Tag tone="bad">{words.open}</Tag>{' '}
									<A to={`/incidents/${incident.number}`}>
										{incident.cause}
										{incident.device !== '' && `: ${incident.device}`}
									</A>
									<Moment at={incident.last} />
								</li>
							))}
							{levels.map((one) => (
								<li key={`${one.application} ${one.objective} ${one.at}`}>
									<Tag tone={one.held < (one.from?.held ?? one.held) ? 'bad' : 'good'}>
										{one.from?.held ?? one.held} → {one.held}
									</Tag>{' '}
									{words.ofApplication(texts.objectives[one.objective], one.application)}
									{one.cause !== null && one.held < (one.from?.held ?? one.held) && (
										<span class="faint">
											{' '}
											<span class="mono">{one.cause.requirement}</span>: {one.cause.reason}
										</span>
									)}
									<Moment at={one.at} />
								</li>
							))}
							{audit.map((entry) => (
								<li key={entry.number}>
									<span class="mono">{entry.operation}</span> {texts.by(entry.who)}
									{entry.result !== 'done' && entry.result !== null && <Tag tone="short">{entry.result}</Tag>}
									<Moment at={entry.at} />
								</li>
							))}
						</ul>
						{may('audit.list') && <A to="/audit">{words.toAudit}</A>}
					</>
				)}
			</Show>
		</aside>
	);
};

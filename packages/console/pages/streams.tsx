import { call } from '../base/api.ts';
import { useLoad } from '../base/load.ts';
import { streamAddress } from '../base/route.ts';
import { may } from '../base/session.ts';
import { figure } from '../base/words.ts';
import { A, Empty, Heading, Moment, Show } from '../parts/common.tsx';
import { Missing, Presence } from '../parts/device-streams.tsx';
import { Table } from '../parts/table.tsx';
import { texts } from '../texts/index.ts';

const words = texts.streams;

/** What a reader may read. */
const Own = () => {
	const loaded = useLoad('streams', (background) => call('streams.list', {}, background), 5000);
	const { stream, newest, missing, readings } = texts.device;
	return (
		<>
			<Heading title={words.title} />
			<Show loaded={loaded}>
				{(streams) =>
					streams.length === 0 ? (
						<Empty title={words.none}>
							<p>{words.noneHelp}</p>
						</Empty>
					) : (
						<section class="card">
							<Table label={words.title} head={[stream, '', readings, newest, missing]}>
								{streams.map((one) => (
									<tr key={`${one.application}/${one.device}/${one.stream}`}>
										<td>
											<A to={streamAddress(one)}>
												{one.device}/{one.stream}
											</A>{' '}
											<span class="faint">{one.unit}</span>
										</td>
										<td>
											<Presence of={one.presence} />
										</td>
										<td>{figure(one.last)}</td>
										<td>{one.newest === null ? '–' : <Moment at={one.newest} />}</td>
										<td>
											<Missing of={one.missing} />
										</td>
									</tr>
								))}
							</Table>
						</section>
					)
				}
			</Show>
		</>
	);
};

/** A list of streams is a reader's: others find them at their devices. */
export const Streams = () =>
	may('streams.list') ? (
		<Own />
	) : (
		<>
			<Heading title={words.title} />
			<Empty title={words.atDevices}>
				<A to="/fleet">{texts.shell.pages.fleet}</A>
			</Empty>
		</>
	);

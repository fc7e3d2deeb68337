import { useRef } from 'preact/hooks';
import type { Answer } from '../base/api.ts';
import { streamAddress } from '../base/route.ts';
import { figure } from '../base/words.ts';
import { texts } from '../texts/index.ts';
import { A, Moment, Tag } from './common.tsx';

const words = texts.device;
const SHOWN = 20;
const [WIDTH, HEIGHT] = [120, 28];

/** How many readings came between two looks, for as long as the page is open. */
const Pulse = ({ last, label }: { last: number; label: string }) => {
	const seen = useRef<{ last: number; counts: number[]; at: number }>({ last, counts: [], at: 0 });
	const now = Date.now();
	if (now - seen.current.at > 1500) {
		if (seen.current.at !== 0) seen.current.counts = [...seen.current.counts, last - seen.current.last].slice(-SHOWN);
		seen.current.last = last;
		seen.current.at = now;
	}
	const { counts } = seen.current;
	const most = Math.max(1, ...counts);
	const width = WIDTH / SHOWN;
	return (
		<svg class="pulse" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
			{counts.map((count, index) => {
				const height = count === 0 ? 1 : 3 + ((HEIGHT - 4) * count) / most;
				return (
					<rect
						key={index}
						x={(SHOWN - counts.length + index) * width}
						y={HEIGHT - height}
						width={width - 1.5}
						height={height}
					/>
				);
			})}
		</svg>
	);
};

/** Whether a stream comes in. */
export const Presence = ({ of }: { of: Answer<'streams.list'>[number]['presence'] }) =>
	of === null ? null : (
		<Tag tone={of === 'heard' ? 'good' : of === 'silent' ? 'bad' : 'plain'}>{words.presence[of]}</Tag>
	);

/** How many should have come and did not, where the policy asks that they are looked for. */
export const Missing = ({ of }: { of: Answer<'streams.list'>[number]['missing'] }) =>
	of === null ? (
		<span class="faint" title={words.notLooked}>
			{words.notAsked}
		</span>
	) : (
		<span class={of > 0 ? 'low-text' : ''}>{figure(of)}</span>
	);

/** That its readings come, and what is missing. What they say is for readers alone. */
export const Streams = ({ device }: { device: Answer<'device.show'> }) => {
	const first = useRef(new Map<string, number>());
	return (
		<section class="card">
			<h2>{words.streams}</h2>
			{device.streams.length === 0 ? (
				<p class="faint">{words.noStreams}</p>
			) : (
				<div class="wide" tabIndex={0} role="group" aria-label={words.streams}>
					<table>
						<thead>
							<tr>
								<th scope="col">{words.stream}</th>
								<th scope="col">{words.lately}</th>
								<th scope="col" class="number">
									{words.readings}
								</th>
								<th scope="col">{words.newest}</th>
								<th scope="col" class="number">
									{words.missing}
								</th>
							</tr>
						</thead>
						<tbody>
							{device.streams.map((one) => {
								const began = first.current.get(one.stream) ?? one.last;
								first.current.set(one.stream, began);
								return (
									<tr key={one.stream}>
										<td>
											<A to={streamAddress(one)}>{one.stream}</A> <span class="faint">{one.unit}</span>{' '}
											<Presence of={one.presence} />
										</td>
										<td>
											<Pulse last={one.last} label={words.perPoll(one.last - began)} />
										</td>
										<td class="number">{figure(one.last)}</td>
										<td>{one.newest === null ? '–' : <Moment at={one.newest} />}</td>
										<td class="number">
											<Missing of={one.missing} />
										</td>
									</tr>
								);
							})}
						</tbody>
					</table>
				</div>
			)}
			<p class="faint hint">{words.streamsNote}</p>
		</section>
	);
};

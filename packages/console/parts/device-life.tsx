import type { ComponentChildren } from 'preact';
import type { Answer } from '../base/api.ts';
import { when } from '../base/words.ts';
import { texts } from '../texts/index.ts';
import { A, Moment, type Tone } from './common.tsx';

const words = texts.device;

interface Moments {
	readonly at: number;
	readonly key: string;
	readonly tone: Tone;
	readonly what: ComponentChildren;
}

/** All that is known to have happened with a device, newest first. */
export const Life = ({
	device,
	incidents,
	actions,
}: {
	device: Answer<'device.show'>;
	incidents: Answer<'incident.list'>;
	actions: Answer<'audit.list'>;
}) => {
	const moments: Moments[] = [
		...device.certificates.flatMap((one): Moments[] => [
			{
				...{ at: one.issued, key: `issued ${one.serial}`, tone: 'good' as const },
				what: `${words.events.certificate} (${one.evidence.custody}, ${one.evidence.proof})`,
			},
			...(one.revoked === null
				? []
				: [
						{
							...{ at: one.revoked.at, key: `revoked ${one.serial}`, tone: 'bad' as const },
							what: `${words.events.revoked}: ${one.revoked.reason}`,
						},
					]),
		]),
		...incidents.map((one): Moments => ({
			...{ at: one.opened, key: `incident ${one.number}`, tone: 'bad' },
			what: (
				<>
					<A to={`/incidents/${one.number}`}>
						{words.events.incident} {one.number}
					</A>
					: {one.cause}, {one.reason}
				</>
			),
		})),
		...actions.map((one): Moments => ({
			...{ at: one.at, key: `action ${one.number}`, tone: one.result === 'done' ? 'plain' : 'short' },
			what: (
				<>
					<span class="mono">{one.operation}</span> {texts.by(one.who)}
					{one.result !== 'done' && one.result !== null && ` (${one.result})`}
					{one.reason !== null && `: ${one.reason}`}
				</>
			),
		})),
		{ at: device.at, key: 'state', tone: 'plain', what: `${words.events.state}: ${device.state}` },
	];
	return (
		<section class="card">
			<h2>{words.life}</h2>
			<ol class="life">
				{moments
					.toSorted((a, b) => b.at - a.at)
					.map(({ at, key, tone, what }) => (
						<li key={key} class={tone}>
							<p>{what}</p>
							<p class="faint" title={when(at)}>
								<Moment at={at} />
							</p>
						</li>
					))}
			</ol>
		</section>
	);
};

import type { Answer } from '../base/api.ts';
import { texts } from '../texts/index.ts';
import { figure } from '../base/words.ts';
import { Gauge } from './common.tsx';
import { Icon } from './icons.tsx';

export type Chain = Answer<'posture.chain'>[number];
export type ChainLink = Chain['links'][number];

type Standing = 'held' | 'short' | 'weakest' | 'nothing';

export const isShort = ({ objectives }: ChainLink): boolean =>
	objectives.some(({ required, achieved }) => achieved < required);

/** Where a link falls shortest; where it does not, what it achieves least. */
export const worstOf = ({ objectives }: ChainLink) =>
	objectives.toSorted((a, b) => a.achieved - a.required - (b.achieved - b.required) || a.achieved - b.achieved)[0] ??
	null;

const standingOf = (chain: Chain, link: ChainLink): Standing => {
	if (link.components === 0) return 'nothing';
	if (link.link === chain.weakest && isShort(link)) return 'weakest';
	return isShort(link) ? 'short' : 'held';
};

const said: Readonly<Record<Standing, string>> = {
	weakest: texts.overview.weakest,
	short: texts.overview.shortOf,
	held: texts.overview.held,
	nothing: texts.overview.nothing,
};

/** The chain from sensor to reader, each link a button that says why. */
export const ChainView = ({
	chain,
	chosen,
	choose,
}: {
	chain: Chain;
	chosen: string | null;
	choose: (link: string) => void;
}) => (
	<ol class="chain">
		{chain.links.map((link) => {
			const standing = standingOf(chain, link);
			const words = texts.links[link.link];
			return (
				<li key={link.link} class={`place ${standing}`}>
					<button type="button" class="node" aria-pressed={chosen === link.link} onClick={() => choose(link.link)}>
						<span class="node-head">
							<Icon of={link.link} />
							<span class="node-name">{words.name}</span>
							<span class="node-count">{link.link === 'service' ? '' : figure(link.components)}</span>
						</span>
						<span class={`standing ${standing}`}>
							{standing === 'weakest' && <Icon of="broken" />}
							{said[standing]}
						</span>
						<span class="levels">
							{link.components > 0 &&
								link.objectives.map(({ objective, required, achieved }) => (
									<span key={objective} class={achieved < required ? 'level-row low' : 'level-row'}>
										<span>{texts.objectives[objective]}</span>
										<Gauge achieved={achieved} required={required} />
										<span class="figures" aria-hidden="true">
											{achieved}/{required}
										</span>
									</span>
								))}
						</span>
					</button>
				</li>
			);
		})}
	</ol>
);

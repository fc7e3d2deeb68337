import { call, type Answer } from '../base/api.ts';
import { useLoad } from '../base/load.ts';
import { go, parameter, withQuery } from '../base/route.ts';
import { may } from '../base/session.ts';
import { texts } from '../texts/index.ts';
import { figure } from '../base/words.ts';
import { Approvals } from '../parts/approvals.tsx';
import { type Chain, ChainView, isShort, worstOf } from '../parts/chain.tsx';
import { A, Heading, Show, Tag } from '../parts/common.tsx';
import { Icon } from '../parts/icons.tsx';
import { Changes } from '../parts/changes.tsx';
import { FirstSteps, isBeginning } from '../parts/first-steps.tsx';
import { Weaknesses } from '../parts/weaknesses.tsx';

const words = texts.overview;
type Paths = Answer<'posture.paths'>[number];
type Application = Answer<'site.status'>['applications'][number];

const load = async (background: boolean) => {
	const [chains, paths, status] = await Promise.all([
		call('posture.chain', {}, background),
		call('posture.paths', {}, background),
		call('site.status', {}, background),
	]);
	return { chains, paths, status };
};

/** One sentence: which link, and by how much. */
const Verdict = ({ chain }: { chain: Chain }) => {
	const weakest = chain.links.find(({ link }) => link === chain.weakest);
	if (weakest === undefined) return null;
	const name = texts.links[weakest.link].name;
	const worst = worstOf(weakest);
	if (!isShort(weakest) || worst === null)
		return (
			<p class="verdict good">
				<strong>{words.allHeld}.</strong> {words.allHeldNext(name.toLowerCase())}
			</p>
		);
	return (
		<p class="verdict bad">
			<Icon of="broken" />
			<strong>{words.weakestShort(name)}</strong>
			<span>{words.weakestLevel(texts.objectives[worst.objective], worst.achieved, worst.required)}</span>
		</p>
	);
};

/** The weakest link of each path, where one falls short. */
const ByPath = ({ paths }: { paths: Paths['paths'] }) => (
	<p class="faint by-path">
		{words.byPath}:{' '}
		{paths
			.map(({ path, weakest, links }) => {
				const isHeld = links.every(({ objectives }) =>
					objectives.every(({ required, achieved }) => achieved >= required),
				);
				// Those who sign in are a part of the service link in the verdict above.
				return `${path} – ${isHeld ? words.held : weakest === 'people' ? words.signIn : weakest}`;
			})
			.join(', ')}
	</p>
);

const Figures = ({ status }: { status: Application }) => (
	<ul class="figures-line">
		<li>
			<b>{figure(status.sessions)}</b> {words.connected}
		</li>
		<li>
			<b>{figure(status.readings)}</b> {words.readings}
		</li>
		{status.silent > 0 && (
			<li class="low">
				<b>{figure(status.silent)}</b> {words.silent}
			</li>
		)}
		{status.gaps > 0 && (
			<li class="low">
				<b>{figure(status.gaps)}</b> {words.gaps}
			</li>
		)}
	</ul>
);

const ApplicationCard = ({
	chain,
	paths,
	status,
}: {
	chain: Chain;
	paths: Paths | undefined;
	status: Application | undefined;
}) => {
	const asked = parameter('app') === chain.application ? parameter('link') : '';
	const link = chain.links.find((one) => one.link === asked);
	const choose = (name: string): void =>
		go(withQuery(asked === name ? { app: null, link: null } : { app: chain.application, link: name }));
	return (
		<section class="card" aria-label={chain.application}>
			<div class="card-head">
				<h2>
					<A to={`/fleet?app=${encodeURIComponent(chain.application)}`}>{chain.application}</A>
				</h2>
				{chain.mode === 'audit' && <Tag tone="short">{words.audit}</Tag>}
				{status && <Figures status={status} />}
			</div>
			<Verdict chain={chain} />
			{paths && <ByPath paths={paths.paths} />}
			<ChainView chain={chain} chosen={link?.link ?? null} choose={choose} />
			{link ? <Weaknesses chain={chain} link={link} /> : <p class="faint hint">{words.pick}</p>}
		</section>
	);
};

export const Overview = () => {
	const loaded = useLoad('overview', load, 5000);
	return (
		<>
			<Heading title={words.title} />
			{may('approval.list') && <Approvals />}
			<Show loaded={loaded}>
				{({ chains, paths, status }) => (
					<>
						{isBeginning(status.applications) && <FirstSteps applications={status.applications} />}
						{chains.length > 0 && (
							<div class="with-aside">
								<div>
									{chains.map((chain) => (
										<ApplicationCard
											key={chain.application}
											chain={chain}
											paths={paths.find((one) => one.application === chain.application)}
											status={status.applications.find((one) => one.application === chain.application)}
										/>
									))}
								</div>
								{(may('audit.list') || may('incident.list')) && <Changes />}
							</div>
						)}
					</>
				)}
			</Show>
		</>
	);
};

import {
	atLevel,
	type Chain,
	chainOf,
	type Level,
	type PageTerms,
	type PathName,
	type Paths,
	pathsOf,
	type Posture,
	postureOf,
	posturePage,
} from '@keyward/core/policy';
import { serviceFunctions } from '../least-function.ts';
import { createPostureHistory, type PostureHistory, type PostureHistoryOptions } from './history.ts';
import { createKeptPostures, type KeptPosture, type KeptPosturesOptions } from './kept-postures.ts';
import { createPrincipalEvidence, type PrincipalEvidenceOptions } from './principal-evidence.ts';
import { createSharedEvidence, type SharedEvidenceOptions } from './shared-evidence.ts';

/** What one device or reader is held below the required level by, and why. */
export type Shortfalls = ReadonlyMap<string, string>;

/** How each application stands; with a level, as if every objective required it. */
export interface Appraisal extends AsyncDisposable {
	/** Lists of at most so many. */
	posture(application?: string, level?: Level, most?: number): Promise<(Posture & { readonly pending: number })[]>;
	/** The same, link by link. */
	chain(application?: string): Promise<Chain[]>;
	/** The same by what travels; of every path, or of this one. */
	paths(application?: string, path?: PathName): Promise<Paths[]>;
	/** What each component is weak in, page by page. */
	page(application: string, terms: PageTerms): Promise<ReturnType<typeof posturePage>>;
	/** How objectives rose and fell, oldest first. */
	changes: PostureHistory['changes'];
	/** What devices of an application fall short in, but for whether they are up to date. */
	shortfalls(application: string): Promise<(device: string) => Shortfalls>;
}

const LISTED = 100;

const shortfallsIn = ({ rollUp: { policy, member } }: KeptPosture, id: string): Shortfalls => {
	const { weak = [] } = member({ kind: 'device', application: policy.application, id }) ?? {};
	return new Map(
		weak
			.filter(({ entry, held }) => entry.objective !== 'adaptability' && held < policy.level[entry.objective])
			.map(({ entry, reason }) => [entry.id, reason]),
	);
};

/** Keeps the postures of a site's applications until it is stopped. */
export const openAppraisal = (
	options: Omit<KeptPosturesOptions, 'principals' | 'shared'> &
		Omit<PostureHistoryOptions, 'look'> &
		PrincipalEvidenceOptions &
		Omit<SharedEvidenceOptions, 'functions'> & { readonly ports: () => readonly number[] },
): Appraisal => {
	const { policies } = options;
	const kept = createKeptPostures({
		...options,
		principals: createPrincipalEvidence(options),
		shared: createSharedEvidence({ ...options, functions: serviceFunctions(options.ports, options.clock) }),
	});
	const history = createPostureHistory({
		...options,
		look: async () => (await kept.of()).map(({ rollUp }) => postureOf(rollUp, LISTED)),
	});
	return {
		posture: async (application, level, most = LISTED) => {
			if (level === undefined) {
				const now = (await kept.of(application)).map(({ rollUp, pending }) => ({
					...postureOf(rollUp, most),
					pending,
				}));
				await history.note(now);
				return now;
			}
			const asked = application === undefined ? policies.epochs().map((epoch) => epoch.application) : [application];
			const found = [];
			for (const one of asked)
				found.push({ ...postureOf(await kept.under(atLevel(policies.mustHave(one), level)), most), pending: 0 });
			return found;
		},
		chain: async (application) => (await kept.of(application)).map(({ rollUp }) => chainOf(rollUp)),
		paths: async (application, path) =>
			(await kept.of(application)).map(({ rollUp }) => {
				const { application: of } = rollUp.policy;
				// What a device is not any more, it says nothing of.
				const instruments = options.deviceReports
					.instruments(of)
					.filter(({ device }) => rollUp.member({ kind: 'device', application: of, id: device }) !== undefined);
				return pathsOf(rollUp, instruments, path === undefined ? undefined : [path]);
			}),
		page: async (application, terms) => {
			const [one] = await kept.of(application);
			return one === undefined ? { components: [], next: null } : posturePage(one.rollUp, terms);
		},
		shortfalls: async (application) => {
			const [one] = await kept.of(application);
			return (device) => (one === undefined ? new Map<string, string>() : shortfallsIn(one, device));
		},
		changes: history.changes,
		[Symbol.asyncDispose]: async () => {
			await history.stop();
			await kept.stop();
		},
	};
};

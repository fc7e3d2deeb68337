import type { ComponentChildren } from 'preact';
import { lostSince, Refused } from '../base/api.ts';
import { go } from '../base/route.ts';
import { texts } from '../texts/index.ts';
import { ago, when } from '../base/words.ts';
import type { Loaded } from '../base/load.ts';

/** A link within the page. */
export const A = ({
	to,
	class: name,
	current,
	children,
}: {
	to: string;
	class?: string;
	/** It leads to where the page is. */
	current?: boolean;
	children: ComponentChildren;
}) => (
	<a
		href={to}
		class={name}
		aria-current={current === true ? 'page' : undefined}
		onClick={(event) => {
			if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
			event.preventDefault();
			go(to);
		}}
	>
		{children}
	</a>
);

/** A moment in words, with the exact one behind it. */
export const Moment = ({ at }: { at: number }) => (
	<time dateTime={new Date(at).toISOString()} title={when(at)}>
		{ago(at)}
	</time>
);

/** What went wrong, and what to do. */
export const explain = (error: unknown, isReading = false): string => {
	if (error instanceof DOMException && error.name === 'NotAllowedError') return texts.errors.noPasskey;
	if (error instanceof DOMException && error.name === 'SecurityError')
		return texts.errors.passkeyHere(location.hostname);
	if (error instanceof TypeError) return isReading ? texts.errors.unread : texts.errors.lost;
	return error instanceof Error ? error.message : String(error);
};

export const Problem = ({ error, again }: { error: unknown; again?: (() => void) | undefined }) => (
	<div class="problem" role="alert">
		<p>{explain(error, again !== undefined)}</p>
		{again && !(error instanceof Refused && error.status === 403) && (
			<button type="button" class="quiet" onClick={again}>
				{texts.again}
			</button>
		)}
	</div>
);

/** Nothing is there, and what to do about it. */
export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }) => (
	<div class="empty">
		<p class="empty-title">{title}</p>
		{children}
	</div>
);

/** The states before there is an answer; then the answer. */
export const Show = <Value,>({
	loaded,
	children,
}: {
	loaded: Loaded<Value>;
	children: (value: Value) => ComponentChildren;
}) => {
	const { value, error, again } = loaded;
	if (value === null)
		return error === null ? (
			<div class="loading" role="status">
				<span class="visually-hidden">{texts.loading}</span>
			</div>
		) : (
			<Problem error={error} again={() => void again()} />
		);
	return (
		<>
			{error !== null && lostSince.value === null && <Problem error={error} again={() => void again()} />}
			{children(value)}
		</>
	);
};

/** Where a device or reader stands: well, waiting, or kept out. */
export const stateTone = (state: string): Tone =>
	state === 'active' ? 'good' : state === 'quarantined' || state === 'revoked' ? 'bad' : 'plain';

export type Tone = 'good' | 'short' | 'bad' | 'plain';

export const Tag = ({ tone = 'plain', children }: { tone?: Tone; children: ComponentChildren }) => (
	<span class={`tag ${tone}`}>{children}</span>
);

/** `●●○○`, with a mark where the required level is. For a screen reader it is words. */
export const Gauge = ({ achieved, required }: { achieved: number; required: number }) => (
	<span class="gauge" role="img" aria-label={texts.gauge(achieved, required)}>
		{[1, 2, 3, 4].map((level) => (
			<i
				key={level}
				class={level <= achieved ? (achieved < required ? 'low' : 'held') : level <= required ? 'lacks' : 'beyond'}
			/>
		))}
	</span>
);

export const Heading = ({ title, children }: { title: string; children?: ComponentChildren }) => (
	<header class="heading">
		<h1>{title}</h1>
		{children}
	</header>
);

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { lostSince } from '../base/api.ts';
import { route } from '../base/route.ts';
import { may, self, signOut } from '../base/session.ts';
import { texts } from '../texts/index.ts';
import { when } from '../base/words.ts';
import { A, explain } from './common.tsx';
import { Icon } from './icons.tsx';

const words = texts.shell;

/** The pages that are there, and operations without any of which one shows nothing; without the first it is not in the menu. */
export const places = [
	{ path: '/', name: 'overview', needs: ['posture.chain'], listed: true },
	{ path: '/fleet', name: 'fleet', needs: ['device.list'], listed: true },
	{ path: '/devices', name: 'devices', needs: ['device.show'], listed: false },
	{ path: '/streams', name: 'streams', needs: ['streams.list', 'streams.arrivals'], listed: true },
	{ path: '/commission', name: 'commission', needs: ['device.expect'], listed: true },
	{ path: '/incidents', name: 'incidents', needs: ['incident.list'], listed: true },
	{ path: '/grants', name: 'grants', needs: ['grant.list'], listed: true },
	{ path: '/updates', name: 'updates', needs: ['rollout.list'], listed: true },
	{ path: '/policy', name: 'policy', needs: ['policy.list'], listed: true },
	{ path: '/reach', name: 'reach', needs: ['trust.show'], listed: true },
	{ path: '/plan', name: 'plan', needs: ['posture'], listed: true },
	{ path: '/keycheck', name: 'keycheck', needs: ['session.self'], listed: true },
	{ path: '/people', name: 'people', needs: ['person.list'], listed: true },
	{ path: '/audit', name: 'audit', needs: ['audit.list'], listed: true },
	{ path: '/ledger', name: 'ledger', needs: ['ledger.prove'], listed: true },
] as const;

/** Whether the menu names it, for who is signed in. */
export const isListed = ({ needs, listed }: (typeof places)[number]): boolean => listed && may(needs[0]);

export type PlaceName = (typeof places)[number]['name'];

export const isAt = (path: string): boolean =>
	path === '/' ? route.value.path === '/' : route.value.path === path || route.value.path.startsWith(`${path}/`);

export const Shell = ({ children }: { children: ComponentChildren }) => {
	const [open, setOpen] = useState(false);
	const [problem, setProblem] = useState('');
	useEffect(() => setOpen(false), [route.value.path]);
	const person = self.value;
	return (
		<div class="shell">
			<a class="skip" href="#content">
				{words.skip}
			</a>
			<header class="bar">
				<A to="/" class="brand">
					{texts.gate.title}
				</A>
				<button
					type="button"
					class="quiet menu"
					aria-expanded={open}
					aria-controls="places"
					onClick={() => setOpen(!open)}
				>
					<Icon of="menu" />
					{words.menu}
				</button>
				<nav id="places" class={open ? 'open' : ''} aria-label={words.places}>
					<ul>
						{places.filter(isListed).map(({ path, name }) => (
							<li key={path}>
								<A to={path} current={isAt(path) || (path === '/fleet' && isAt('/devices'))}>
									{words.pages[name]}
								</A>
							</li>
						))}
					</ul>
					<div class="you">
						<p id="who">{person ? words.signedIn(person.person, person.role) : ''}</p>
						<button
							id="sign-out"
							type="button"
							class="quiet"
							onClick={() => void signOut().catch((error: unknown) => setProblem(explain(error)))}
						>
							{words.signOut}
						</button>
						{problem !== '' && <p role="alert">{problem}</p>}
					</div>
				</nav>
			</header>
			<div class="body">
				{lostSince.value !== null && (
					<p class="lost" role="alert">
						{words.lost(when(lostSince.value))}
					</p>
				)}
				<main id="content" tabIndex={-1}>
					{children}
				</main>
			</div>
		</div>
	);
};

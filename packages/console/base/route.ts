import { signal } from '@preact/signals';

/** Where the page is: all of its state that another person could be sent. */
export interface Route {
	readonly path: string;
	readonly query: URLSearchParams;
}

const here = (): Route => ({ path: location.pathname, query: new URLSearchParams(location.search) });

export const route = signal<Route>(here());

addEventListener('popstate', () => (route.value = here()));

export const go = (to: string, replace = false): void => {
	if (to === location.pathname + location.search) return;
	history[replace ? 'replaceState' : 'pushState'](null, '', to);
	const moved = route.value.path !== location.pathname;
	route.value = here();
	if (!moved) return;
	scrollTo(0, 0);
	// A screen reader is told where it is, as after a load.
	document.querySelector<HTMLElement>('main')?.focus({ preventScroll: true });
};

/** The same place with other parameters; an empty one is left out. */
export const withQuery = (changes: Readonly<Record<string, string | null>>): string => {
	const query = new URLSearchParams(route.value.query);
	for (const [name, value] of Object.entries(changes)) {
		if (value === null || value === '') query.delete(name);
		else query.set(name, value);
	}
	const text = query.toString();
	return route.value.path + (text === '' ? '' : `?${text}`);
};

export const deviceAddress = (application: string, device: string): string =>
	`/devices/${encodeURIComponent(application)}/${encodeURIComponent(device)}`;

export const parameter = (name: string): string => route.value.query.get(name) ?? '';

export const streamAddress = ({ application, device, stream }: StreamPlace): string =>
	`/streams/${[application, device, stream].map(encodeURIComponent).join('/')}`;

interface StreamPlace {
	readonly application: string;
	readonly device: string;
	readonly stream: string;
}

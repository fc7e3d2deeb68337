import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../parts/common.tsx';
import { texts } from '../texts/index.ts';

/** A page that is fetched when it is first opened. */
export const lazy = (load: () => Promise<ComponentType>) => {
	let known: ComponentType | null = null;
	return () => {
		const [state, setState] = useState<{ page: ComponentType | null; error: unknown }>({ page: known, error: null });
		const fetchIt = async (): Promise<void> => {
			try {
				known = await load();
				setState({ page: known, error: null });
			} catch (error) {
				setState({ page: null, error });
			}
		};
		useEffect(() => {
			if (known === null) void fetchIt();
		}, []);
		const { page: Page, error } = state;
		if (error !== null) return <Problem error={error} again={() => void fetchIt()} />;
		if (Page !== null) return <Page />;
		return (
			<div class="loading" role="status">
				<span class="visually-hidden">{texts.loading}</span>
			</div>
		);
	};
};

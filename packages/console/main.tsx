import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import './base/keycheck-worker.ts';
import { go, route } from './base/route.ts';
import { begin, may, self } from './base/session.ts';
import { pages } from './pages/index.tsx';
import { Boundary } from './parts/boundary.tsx';
import { A, Empty, Heading } from './parts/common.tsx';
import { Gate } from './parts/gate.tsx';
import { isAt, isListed, places, Shell } from './parts/shell.tsx';
import { texts } from './texts/index.ts';

const partsOf = (path: string): string[] => {
	try {
		return path.split('/').filter(Boolean).slice(1).map(decodeURIComponent);
	} catch {
		return [''];
	}
};

const Unknown = () => (
	<>
		<Heading title={texts.shell.unknown} />
		<Empty title={texts.shell.unknownHelp}>
			<A to="/">{texts.shell.toOverview}</A>
		</Empty>
	</>
);

const Elsewhere = ({ to }: { to: string }) => {
	useEffect(() => go(to, true), [to]);
	return null;
};

const Page = () => {
	const { path } = route.value;
	const place = places.find((one) => isAt(one.path));
	const title = place === undefined ? texts.shell.unknown : texts.shell.pages[place.name];
	const rest = partsOf(path);
	document.title = `${[...rest.toReversed(), title].join(' · ')} · Keyward`;
	if (place === undefined) return <Unknown />;
	if (!place.needs.some(may)) {
		// Who may see no overview begins with what they may see.
		const first = place.name === 'overview' ? places.find(isListed) : undefined;
		if (first !== undefined) return <Elsewhere to={first.path} />;
		return (
			<>
				<Heading title={title} />
				<Empty title={texts.shell.notYours(self.value?.role ?? '')} />
			</>
		);
	}
	return pages[place.name](rest) ?? <Unknown />;
};

const App = () =>
	self.value ? (
		<Shell>
			<Boundary key={route.value.path}>
				<Page />
			</Boundary>
		</Shell>
	) : (
		<Gate />
	);

const root = document.getElementById('app');
if (root === null) throw new Error('there is no place for the page');
render(<App />, root);
void begin();

import { render, type VNode } from 'preact';
import { route } from './base/route.ts';
import { begin, may, self } from './base/session.ts';
import { texts } from './base/texts.ts';
import { A, Empty, Heading } from './parts/common.tsx';
import { Gate } from './parts/gate.tsx';
import { type PlaceName, places, Shell } from './parts/shell.tsx';
import { Overview } from './pages/overview.tsx';

const pages: Readonly<Record<PlaceName, () => VNode>> = {
	overview: () => <Overview />,
};

const Page = () => {
	const { path } = route.value;
	const place = places.find((one) => (one.path === '/' ? path === '/' : `${path}/`.startsWith(`${one.path}/`)));
	const title = place === undefined ? texts.shell.unknown : texts.shell.pages[place.name];
	document.title = `${title} · Keyward`;
	if (place === undefined)
		return (
			<>
				<Heading title={texts.shell.unknown} />
				<Empty title={texts.shell.unknownHelp}>
					<A to="/">{texts.shell.toOverview}</A>
				</Empty>
			</>
		);
	if (!may(place.needs))
		return (
			<>
				<Heading title={title} />
				<Empty title={texts.shell.notYours(self.value?.role ?? '')} />
			</>
		);
	return pages[place.name]();
};

const App = () =>
	self.value ? (
		<Shell>
			<Page />
		</Shell>
	) : (
		<Gate />
	);

const root = document.getElementById('app');
if (root === null) throw new Error('there is no place for the page');
render(<App />, root);
void begin();

import { Component, type ComponentChildren } from 'preact';
import { Problem } from './common.tsx';

/** A bug in one page is shown in its place, and takes no other page with it. */
export class Boundary extends Component<{ children: ComponentChildren }, { error: unknown }> {
	override state: { error: unknown } = { error: null };

	override componentDidCatch(error: unknown): void {
		this.setState({ error });
	}

	override render(): ComponentChildren {
		const { error } = this.state;
		return error === null ? (
			this.props.children
		) : (
			<Problem error={error} again={() => this.setState({ error: null })} />
		);
	}
}

import type { ComponentChildren } from 'preact';

/** A table that a narrow screen scrolls by itself. A column that is headed by nothing is named for a screen reader. */
export const Table = ({
	label,
	head,
	last,
	children,
}: {
	label: string;
	head: readonly string[];
	/** What the last column, of buttons, is for. */
	last?: string | undefined;
	children: ComponentChildren;
}) => (
	<div class="wide" tabIndex={0} role="group" aria-label={label}>
		<table>
			<thead>
				<tr>
					{head.map((text) => (
						<th key={text} scope="col">
							{text}
						</th>
					))}
					{last !== undefined && (
						<th scope="col">
							<span class="visually-hidden">{last}</span>
						</th>
					)}
				</tr>
			</thead>
			<tbody>{children}</tbody>
		</table>
	</div>
);

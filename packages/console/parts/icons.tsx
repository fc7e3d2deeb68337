/** Line drawings of one weight, 24 by 24. They only repeat what is said beside them. */
const shapes = {
	sensor: 'M12 14v7M8.5 10.5a5 5 0 0 1 7 0M5.5 7.5a9.2 9.2 0 0 1 13 0M12 14a1 1 0 1 0 0-2 1 1 0 0 0 0 2z',
	device: 'M7 7h10v10H7zM10 10h4v4h-4zM9 4v3M15 4v3M9 17v3M15 17v3M4 9h3M4 15h3M17 9h3M17 15h3',
	link: 'M9.5 14.5l5-5M8 12l-2 2a3.5 3.5 0 0 0 5 5l2-2M16 12l2-2a3.5 3.5 0 0 0-5-5l-2 2',
	service: 'M5 4h14v6H5zM5 14h14v6H5zM8 7h.01M8 17h.01M12 10v4',
	reader: 'M12 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM5 20c.6-4 3.4-6 7-6s6.400 2 7 6',
	menu: 'M4 7h16M4 12h16M4 17h16',
	broken: 'M12 4l9 16H3zM12 10v5M12 17.500v.01',
} as const;

export const Icon = ({ of }: { of: keyof typeof shapes }) => (
	<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
		<path d={shapes[of]} />
	</svg>
);

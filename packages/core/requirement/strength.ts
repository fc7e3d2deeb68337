/** How strong evidence is, weakest first. */
export const strengths = ['claimed', 'observed', 'endorsed', 'attested'] as const;

export type Strength = (typeof strengths)[number];

export const isAtLeast = (strength: Strength, asked: Strength): boolean =>
	strengths.indexOf(strength) >= strengths.indexOf(asked);

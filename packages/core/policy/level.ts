/** 0 to 4, meaning what IEC 62443-3-3 Annex A means by SL 0 to 4. */
export const levels = [0, 1, 2, 3, 4] as const;

export type Level = (typeof levels)[number];

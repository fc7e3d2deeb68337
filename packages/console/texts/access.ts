export const accessTexts = {} as const;

/** The links of a chain, in the order in which a reading passes them. */
export const chainLinks = ['sensor', 'device', 'link', 'service', 'reader'] as const;

export type ChainLinkName = (typeof chainLinks)[number];

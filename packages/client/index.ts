export { type Client, connectLocal, connectRemote, type ReadingsOptions } from './client.ts';
export { type Page, pages, type PagesOptions } from './pages.ts';

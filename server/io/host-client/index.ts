/** How clients reach the host of a workspace, and start it when there is none. */
export * from './connect.ts';
export * from './places.ts';

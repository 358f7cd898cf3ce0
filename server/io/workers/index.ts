/** Processes of agents and environments: sessions from warm pools. Nothing of the user's runs in the caller's process. */
export { type AgentCode, createSessionFactory, type PooledSessions, type SessionFactoryOptions } from './factory.ts';

/** A run under way: owns its ledger, its kernel and its worker processes, and carries it from start to summary. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type PlannedTrial,
  renderSummary,
  runAll,
  runTrial,
  scoreVariants,
} from '../engine/experiment/index.ts';
import { createKernel, type Kernel } from '../engine/kernel/index.ts';
import { checkpointEveryMs, type EntryBody, type LedgerWriter, type Payload, RunReplay } from '../engine/ledger/index.ts';
import type { Clock, ProcessFault } from '../engine/ports.ts';
import { type Ledger, openLedger } from '../io/ledger/index.ts';
import { compileToolInputs, type ToolInputs } from '../io/tool-inputs.ts';
import { version } from '../io/version.ts';
import { createSessionFactory } from '../io/workers/index.ts';
import type { DocumentFile } from '../io/workspace/index.ts';
import type { Failure, RunChange, RunSnapshot, RunStatus, RunSummary } from '../protocol/index.ts';
import { batchChanges, type ChangeBatch } from './changes.ts';
import type { PreparedRun } from './prepare.ts';

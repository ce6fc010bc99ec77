import { ok } from '@argus/kit/result.ts';
import { takeManifest } from '../manifest.ts';
import type { Handlers } from './index.ts';

export const getCapabilities: Handlers['get_capabilities'] = async (_args, reach) => ok(takeManifest(reach));

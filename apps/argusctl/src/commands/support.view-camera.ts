import type { Command } from '../command.ts';
import { agentViewCamera } from './agent.view-camera.ts';

/** The other spelling: same flags, same endpoint, same output. */
export const supportViewCamera: Command = {
  ...agentViewCamera,
  name: 'support view-camera',
  example: 'ARGUS_SESSION=rst_… argusctl support view-camera UTD_7ELEVEN_001 --camera cam_3 --out lobby.jpg',
};

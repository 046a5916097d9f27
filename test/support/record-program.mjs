// Loaded into a program with `--import`: records it from its first to its last line. GREENHUB_TRACE names the file.
import { record } from 'greenhub/inspect';

const recording = record();
process.on('exit', () => recording.stop().write(String(process.env.GREENHUB_TRACE)));

import { CHROMIUM, isInstalled, launch } from '../../scripts/chromium.js';
import { testInPage } from './in-page.ts';

testInPage('Chromium', { path: CHROMIUM, isInstalled, launch }).run();

import { FIREFOX, isInstalled, launch } from '../../scripts/firefox.js';
import { testInPage } from './in-page.ts';

testInPage('Firefox', { path: FIREFOX, isInstalled, launch }).run();

import { describeStory } from './story.contract.ts';

describeStory('embedded parts', async () => ({ settings: {}, stop: async () => undefined }));

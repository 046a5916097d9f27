import 'greenhub';

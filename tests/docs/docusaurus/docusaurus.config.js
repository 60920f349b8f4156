// The smallest site that Docusaurus makes, with the widget's script.
export default {
  title: 'Services in Docusaurus',
  url: 'https://docs.example',
  baseUrl: '/',
  scripts: [{ src: '/portolan/portolan-chart.js', defer: true }],
  presets: [['classic', { docs: { routeBasePath: '/', sidebarPath: false }, blog: false, theme: {} }]],
};

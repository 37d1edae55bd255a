mkdir site
echo '호스트에서 쓴 글' > site/index.html
echo '호스트에서 고친 글' > site/index.html
cat site/index.html

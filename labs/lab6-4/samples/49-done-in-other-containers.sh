mkdir site
echo '호스트에서 쓴 글' > site/index.html
docker create --name web alpine:latest
docker run --rm -v /lab/site:/site alpine:latest cat /site/index.html
docker run --rm -v /lab/site:/site alpine:latest sh -c "echo '컨테이너에서 쓴 글' > /site/from-container.txt"
cat site/from-container.txt
echo '호스트에서 고친 글' > site/index.html
docker run --rm -v /lab/site:/site alpine:latest cat /site/index.html
docker run --name box alpine:latest sh -c "echo '레이어에 쓴 글' > /root/own.txt"
docker diff box
docker rm -f web box
ls site
